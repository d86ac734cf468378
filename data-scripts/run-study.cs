#!/usr/bin/env dotnet
#:project ../src/AdwUNet.Runs/AdwUNet.Runs.csproj
#:property PublishAot=false

// Runs the experiments of notebooks/09-verdict and notebooks/10-search-under-a-budget one after the other: a command line over AdwUNet.Experiments.HippocampusStudy.

using System.Globalization;
using System.Runtime.InteropServices;
using AdwUNet;
using AdwUNet.Experiments;
using AdwUNet.Verdict;

const string Usage = """
    Runs the experiments behind notebooks/09-verdict, then those of notebooks/10-search-under-a-budget, or what remains of them.

      ADWUNET_DATA=DATA dotnet run data-scripts/run-study.cs -- [options]

    DATA holds Task04_Hippocampus. Each run takes minutes to an hour on a processor. Ctrl-C or SIGTERM stops after the current step; the same command
    resumes. Several processes may work in one folder; each takes runs of its own.

      --folder DIR       where the folder runs is kept (.)
      --threads N        threads of each run; fixed by the first call, because it decides the last digits (1)
      --row NAME         only this run, such as 'AdwU-Net, fold 0, seed 1'
      --rows N           at most N further runs
      --export DIR       run nothing; write the results of the finished runs to DIR, such as notebooks/results/hippocampus, unless DIR has further ones
      --score DIR        run nothing; score the random networks inside the supernet of AdwU-Net's search, and write the scores to DIR
      --list             run nothing; list the runs in their order, with the state of each
      --help             this text

    Exit codes: 0 done, 1 a run failed, 2 wrong arguments, 130 interrupted.
    """;

const int Failed = 1;
const int WrongArguments = 2;
const int Interrupted = 130;

string folder = ".";
string? only = null;
string? export = null;
string? score = null;
var (threads, most, list) = (1, int.MaxValue, false);
try
{
    var queue = new Queue<string>(args);
    string Value(string option) => queue.TryDequeue(out var value) && value.Length > 0 ? value : throw new FormatException($"{option} needs a value.");
    int Number(string option) => int.TryParse(Value(option), CultureInfo.InvariantCulture, out var number) && number > 0
        ? number
        : throw new FormatException($"{option} needs a number of at least 1.");
    while (queue.TryDequeue(out var argument))
    {
        switch (argument)
        {
            case "--help" or "-h":
                Console.WriteLine(Usage);
                return 0;
            case "--folder": folder = Value(argument); break;
            case "--threads": threads = Number(argument); break;
            case "--row": only = Value(argument); break;
            case "--rows": most = Number(argument); break;
            case "--export": export = Value(argument); break;
            case "--score": score = Value(argument); break;
            case "--list": list = true; break;
            default: throw new FormatException($"There is no option {argument}.");
        }
    }
}
catch (FormatException exception)
{
    Console.Error.WriteLine($"{exception.Message}\nRun with --help to see all options.");
    return WrongArguments;
}

using var stop = new CancellationTokenSource();
PosixSignalRegistration Stopping(PosixSignal signal) => PosixSignalRegistration.Create(signal, context =>
{
    context.Cancel = true;
    stop.Cancel();
});
using var interrupt = Stopping(PosixSignal.SIGINT);
using var terminate = Stopping(PosixSignal.SIGTERM);
try
{
    var study = new HippocampusStudy(Path.GetFullPath(folder));
    IReadOnlyList<GridRun> rows = only is null ? study.AllRows : [study.Row(only)];
    if (list)
    {
        foreach (var row in rows) Console.WriteLine($"{(row.IsFinished ? "finished" : Directory.Exists(row.Folder) ? "begun" : "waiting"),-8}  {row.Name}");
        return 0;
    }

    if (export is not null)
    {
        var results = study.Results();
        ResultFiles.Save(results, export);
        if (study.Example.IsFinished) ResultFiles.SaveRun(study.Example, Path.Combine(export, "run"));
        Console.WriteLine($"{results.Count} finished runs written to {export}");
        return 0;
    }

    if (score is not null)
    {
        ResultFiles.SaveScores(StudyVerdict.Score(study), score);
        return 0;
    }

    foreach (var row in rows.Where(row => !row.IsFinished).Take(most))
    {
        Say($"{row.Name}: begins in {row.Folder}");
        var isFinished = row.TryExecute(threads, cancellation: stop.Token);
        Say($"{row.Name}: {(isFinished ? string.Create(CultureInfo.InvariantCulture, $"Dice {row.Result().Dice:0.0000}") : "another process works on it")}");
    }

    return 0;
}
catch (OperationCanceledException)
{
    Say("Stopped; the same command resumes.");
    return Interrupted;
}
catch (AdwUNetException exception)
{
    Console.Error.WriteLine(exception.Message);
    return Failed;
}

static void Say(string text) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:yyyy-MM-dd HH:mm:ss} {text}"));

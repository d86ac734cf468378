#!/usr/bin/env dotnet
#:project ../src/AdwUNet.Runs/AdwUNet.Runs.csproj
#:property PublishAot=false

// Compares recipes of short trainings on the watched training cases of fold 0: a command line over AdwUNet.Experiments.RecipeTrials.

using System.Globalization;
using System.Runtime.InteropServices;
using AdwUNet;
using AdwUNet.Experiments;

const string Usage = """
    Compares recipes of short trainings on the training cases that monitor fold 0, never on its validation cases. An interrupted call resumes. Each training
    has one thread; several processes may work in one folder, and each takes trainings of its own.

      ADWUNET_DATA=DATA dotnet run data-scripts/run-trials.cs -- FOLDER [STEPS [COUNT]]

    FOLDER  where the runs and their table trials-STEPS.csv are kept
    STEPS   steps of each training; those of the profile laptop when missing (the table is trials-laptop.csv then)
    COUNT   at most this many further trials
    """;

const int Failed = 1;
const int WrongArguments = 2;
const int Interrupted = 130;

if (args.Length is 0 or > 3 || args[0].Length == 0 || args.Skip(1).Any(arg => !int.TryParse(arg, CultureInfo.InvariantCulture, out var number) || number < 1))
{
    Console.Error.WriteLine(Usage);
    return WrongArguments;
}

int? steps = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : null;
var most = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : int.MaxValue;
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
    var name = string.Create(CultureInfo.InvariantCulture, $"trials-{steps?.ToString(CultureInfo.InvariantCulture) ?? "laptop"}");
    var grid = RecipeTrials.Of(new Experiment(Path.GetFullPath(args[0]), "Task04_Hippocampus", Profile.Laptop, "cpu", run: name), steps);
    foreach (var run in grid.Runs.Where(run => !run.IsFinished).Take(most))
    {
        if (!run.TryExecute(threads: 1, cancellation: stop.Token))
        {
            Console.WriteLine($"{run.Name}: another process works on it");
            continue;
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:HH:mm:ss} {run.Name}: Dice {run.Result().Dice:0.0000}"));
        new GridResults([.. grid.Runs.Where(done => done.IsFinished).Select(done => done.Result())]).ToCsv(Path.Combine(args[0], name + ".csv"));
    }

    return 0;
}
catch (OperationCanceledException)
{
    Console.WriteLine("Stopped; the same command resumes.");
    return Interrupted;
}
catch (AdwUNetException exception)
{
    Console.Error.WriteLine(exception.Message);
    return Failed;
}

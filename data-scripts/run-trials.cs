#!/usr/bin/env dotnet
#:project ../src/AdwUNet.Runs/AdwUNet.Runs.csproj
#:property PublishAot=false

// Compares recipes of short trainings on the watched training cases of fold 0: a command line over AdwUNet.Experiments.RecipeTrials.

using System.Globalization;
using AdwUNet;
using AdwUNet.Experiments;

const string Usage = """
    Compares recipes of short trainings on the training cases that monitor fold 0, never on its validation cases. An interrupted call resumes.

      ADWUNET_DATA=DATA dotnet run data-scripts/run-trials.cs -- FOLDER [STEPS [COUNT]]

    FOLDER  where runs and the table FOLDER/trials.csv are kept
    STEPS   steps of each training; those of the profile laptop when missing
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
Console.CancelKeyPress += (_, key) =>
{
    key.Cancel = true;
    stop.Cancel();
};
try
{
    var name = string.Create(CultureInfo.InvariantCulture, $"trials-{steps?.ToString(CultureInfo.InvariantCulture) ?? "laptop"}");
    var grid = RecipeTrials.Of(new Experiment(Path.GetFullPath(args[0]), "Task04_Hippocampus", Profile.Laptop, "cpu", run: name), steps);
    foreach (var run in grid.Runs.Where(run => !run.IsFinished).Take(most))
    {
        run.Execute(cancellation: stop.Token);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:HH:mm:ss} {run.Name}: Dice {run.Result().Dice:0.0000}"));
        new GridResults([.. grid.Runs.Where(done => done.IsFinished).Select(done => done.Result())]).ToCsv(Path.Combine(args[0], "trials.csv"));
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

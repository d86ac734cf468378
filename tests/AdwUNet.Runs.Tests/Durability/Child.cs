using System.Diagnostics;
using System.Globalization;
using AdwUNet.Datasets;
using AdwUNet.Planning;
using AdwUNet.Preprocessing;
using AdwUNet.Runs;
using AdwUNet.Runs.Tests.Robustness;
using AdwUNet.Runs.Tests.Scheduling;
using AdwUNet.Scheduling;
using AdwUNet.Search;
using AdwUNet.Training;

namespace AdwUNet.Runs.Tests.Durability;

/// <summary>What this program does when the tests start it to be killed, stopped or shut out.</summary>
internal static class Child
{
    /// <summary>The first argument of a child.</summary>
    public const string Verb = "child";

    public const string Search = "search";
    public const string Train = "train";
    public const string Write = "write";
    public const string Hold = "hold";
    public const string Store = "store";
    public const string Simulate = "simulate";

    /// <summary>What a child says once it has opened its folder and begins to work.</summary>
    public const string Ready = "ready";

    /// <summary>The exit code of an error, which is then the last line of what the child says.</summary>
    public const int Refused = 3;

    /// <summary>So many epochs that a miniature run is killed a few times before it ends.</summary>
    public const int Epochs = 12;

    public static SearchOptions SearchOptions { get; } = TinyRuns.SearchOptions with { Epochs = Epochs, WarmUpEpochs = 3 };

    public static TrainingOptions TrainingOptions { get; } = TinyRuns.TrainingOptions with { Epochs = Epochs };

    /// <summary>Whether this process is a child that must start fast.</summary>
    public static bool IsWithoutTorch { get; } = Environment.GetCommandLineArgs() is [_, Verb, Write or Hold or Store or Simulate, ..];

    /// <summary>Starts one.</summary>
    /// <param name="command">The system's own command to start it through, if any.</param>
    /// <param name="arguments">What it is to do, and in which folder.</param>
    public static Process Start(IReadOnlyList<string> command, params string[] arguments)
    {
        string[] line = [.. command, .. Line(arguments)];
        return Process.Start(new ProcessStartInfo(line[0], line[1..]) { RedirectStandardOutput = true })!;
    }

    public static Process Start(params string[] arguments) => Start([], arguments);

    /// <summary>The command line of one.</summary>
    public static string[] Line(params string[] arguments)
    {
        // "dotnet AdwUNet.Runs.Tests.dll" or "AdwUNet.Runs.Tests", as this process was started.
        var program = Environment.ProcessPath!;
        var isHost = Path.GetFileNameWithoutExtension(program) == "dotnet";
        return [program, .. isHost ? [typeof(Child).Assembly.Location] : Array.Empty<string>(), Verb, .. arguments];
    }

    public static int Run(string[] arguments)
    {
        try
        {
            var (what, folder) = (arguments[0], arguments[1]);
            switch (what)
            {
                case Search:
                    RunSearch(folder);
                    break;
                case Train:
                    RunTraining(folder);
                    break;
                case Write:
                    CheckpointLoop.Run(folder, Say);
                    break;
                case Hold:
                    using (new RunFolder(folder).Lock())
                    {
                        Say(Ready);
                        Thread.Sleep(Timeout.Infinite);
                    }

                    break;
                case Store:
                    MakeStore(folder);
                    break;
                case Simulate:
                    return RunWorker(folder, [.. arguments[2..].Select(number => int.Parse(number, CultureInfo.InvariantCulture))]);
                case MemoryChild.Steps:
                    MemoryChild.RunSteps(folder, Say);
                    break;
                case MemoryChild.Starve:
                    MemoryChild.RunStarving(folder, Say);
                    break;
                default:
                    throw new ArgumentException(what);
            }

            return 0;
        }
        catch (AdwUNetException error)
        {
            Say(error.Message);
            return Refused;
        }
    }

    private static void RunSearch(string folder)
    {
        using var search = TinyRuns.Search(folder, SearchOptions, everyStep: true);
        Say(Ready);
        _ = search.Run().ToList();
    }

    private static void RunTraining(string folder)
    {
        using var trainer = TinyRuns.TrainingRun(folder, TrainingOptions, everyStep: true);
        Say(Ready);
        _ = trainer.Run().ToList();
    }

    /// <summary>Preprocesses a dataset into a store within its folder, opens it, and says how many cases it has.</summary>
    private static void MakeStore(string folder)
    {
        var dataset = Dataset.Load(folder);
        dataset.Check();
        var plan = Planner.Plan(Fingerprint.Compute(dataset));
        Preprocessor.Run(dataset, plan, Path.Combine(folder, "store"));
        using var store = CaseStore.Open(Path.Combine(folder, "store"));
        store.RequireUnchanged(dataset);
        Say($"{store.Cases.Count} cases");
    }

    /// <summary>Works on simulated runs, and says after how many seconds it had its first one.</summary>
    private static int RunWorker(string folder, int[] sizes)
    {
        var works = SimulatedWork.Many(folder, sizes[0], sizes[1], sizes[2], oneFails: sizes[0] > SimulatedWork.Failing && sizes[1] > 2);
        var clock = Stopwatch.StartNew();
        var worker = new Worker(works, mostDeaths: 100)
        {
            OnTaken = _ =>
            {
                if (clock.IsRunning)
                {
                    clock.Stop();
                    Say(clock.Elapsed.TotalSeconds.ToString(CultureInfo.InvariantCulture));
                }
            },
        };
        return WorkerMode.Work(worker);
    }

    private static void Say(string line)
    {
        Console.WriteLine(line);
        Console.Out.Flush();
    }
}

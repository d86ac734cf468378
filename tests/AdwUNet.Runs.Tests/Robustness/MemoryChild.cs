using System.Diagnostics;
using System.Globalization;
using AdwUNet.Datasets;
using AdwUNet.Imaging;
using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Prediction;
using AdwUNet.Runs;
using AdwUNet.Training;
using TorchSharp;

namespace AdwUNet.Runs.Tests.Robustness;

/// <summary>What runs in a process of its own to be measured: many steps, or a step that the process has no memory for.</summary>
internal static class MemoryChild
{
    public const string Steps = "steps";
    public const string Starve = "starve";
    public const int Predictions = 200;
    private const int Epochs = 10;
    private const int SearchIterations = 72;
    private const int TrainingIterations = 200;
    private const long Kibibyte = 1024;

    /// <summary>Steps of the search: one an iteration in the first epoch, three in the others.</summary>
    public const int SearchSteps = SearchIterations + ((Epochs - 1) * SearchIterations * 3);

    public const int TrainingSteps = Epochs * TrainingIterations;

    /// <summary>Says the live tensors and the memory in kibibytes at the end of each tenth of each kind of work.</summary>
    public static void RunSteps(string folder, Action<string> say)
    {
        var search = TinyRuns.SearchOptions with { Epochs = Epochs, IterationsPerEpoch = SearchIterations };
        using (var run = TinyRuns.Search(Path.Combine(folder, "search"), search))
        {
            foreach (var _ in run.Run())
            {
                Measure("search", say);
            }
        }

        var training = TinyRuns.TrainingOptions with { Epochs = Epochs, IterationsPerEpoch = TrainingIterations };
        using (var run = TinyRuns.TrainingRun(Path.Combine(folder, "training"), training))
        {
            foreach (var _ in run.Run())
            {
                Measure("training", say);
            }
        }

        Predict(Path.Combine(folder, "training"), say);
    }

    /// <summary>
    /// Tries a training step that this process may not have the memory for, then what the refusal says would fit. Says the refusal, the
    /// patch and batch, and whether it did fit.
    /// </summary>
    public static void RunStarving(string folder, Action<string> say)
    {
        const long spare = 700L << 20;
        const int edge = 96;

        // Whatever libtorch and the runtime take once and for all is taken before the limit is set.
        Train(Path.Combine(folder, "first"), TinyRuns.Plan);
        Limit((Status("VmSize:") * Kibibyte) + spare);
        var plan = TinyRuns.Plan with { PatchSize = Shape3.Cube(edge), MedianShape = Shape3.Cube(edge), BatchSize = 4 };
        try
        {
            Train(Path.Combine(folder, "large"), plan);
            say("no refusal");
        }
        catch (MemoryException error)
        {
            say(error.Message);
            say($"{error.PatchSize} {error.BatchSize}");
            Train(Path.Combine(folder, "fitting"), plan with { PatchSize = error.PatchSize!.Value, BatchSize = error.BatchSize!.Value });
            say("fits");
        }
    }

    private static void Train(string folder, Plan plan)
    {
        var options = TinyRuns.TrainingOptions with { Epochs = 1, IterationsPerEpoch = 1, ValidationIterations = 1, Sampling = new() };
        using var trainer = new TrainingRun(
            folder, plan, TinyRuns.Architecture, TinyRuns.Cases(0, 1), TinyRuns.Cases(1, 1), options, loaderThreads: 0);
        _ = trainer.Run().ToList();
    }

    private static void Predict(string folder, Action<string> say)
    {
        // A tensor that becomes a Parameter hands its memory over and stays in the count for good, as if it lived: two of each norm.
        var emptied = 0;
        var image = new Volume(TinyRuns.Cases(0, 1)[0].Image.ToArray(), 1, Shape3.Cube(12), new Spacing3(1, 1, 1));
        for (var i = 1; i <= Predictions; i++)
        {
            // Each from the files on, as a job does that segments one scan after the other.
            using (var model = TrainedModel.Load(folder))
            {
                _ = model.Segmenter(new PredictionOptions { MirrorAxes = [0] }).Segment(image, "scan");
                emptied += model.Network.named_parameters().Count(parameter => parameter.name.Contains("instnorm", StringComparison.Ordinal));
            }

            if (i % (Predictions / Epochs) == 0)
            {
                Measure("prediction", say, emptied);
            }
        }
    }

    private static void Measure(string what, Action<string> say, int emptied = 0)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        var live = DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount - emptied;
        say(string.Create(CultureInfo.InvariantCulture, $"{what} {live} {Status("RssAnon:")}"));
    }

    private static long Status(string name)
    {
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith(name, StringComparison.Ordinal));
        return long.Parse(line[name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)[0], CultureInfo.InvariantCulture);
    }

    private static void Limit(long bytes)
    {
        using var limit = Process.Start("prlimit", ["--pid", Environment.ProcessId.ToString(CultureInfo.InvariantCulture), $"--as={bytes}"]);
        limit.WaitForExit();
        if (limit.ExitCode != 0)
        {
            throw new InvalidOperationException("prlimit failed");
        }
    }
}

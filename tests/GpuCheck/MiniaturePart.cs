using System.Globalization;
using AdwUNet.Architectures;
using AdwUNet.Augmentation;
using AdwUNet.Imaging;
using AdwUNet.Planning;
using AdwUNet.Preprocessing;
using AdwUNet.Runs;
using AdwUNet.Search;
using AdwUNet.Training;
using static TorchSharp.torch;

namespace AdwUNet.GpuCheck;

/// <summary>
/// Part 3: a search and a training of seconds. Each starts on the CPU, is stopped, and resumes from its checkpoint on the device; its losses are compared
/// with those of the same run on the CPU alone.
/// </summary>
internal static class MiniaturePart
{
    public const string Title = "Search and training resumed from a CPU's checkpoint";

    private const int Epochs = 4;
    private const int Iterations = 4;
    private const int StopAfter = 6; // in the second epoch
    private const double Tolerance = 2e-2; // relative, of an epoch's loss; ten steps let rounding grow

    private static readonly Plan Plan = new()
    {
        Dataset = "Miniature",
        Modalities = ["noise"],
        Classes = ["background", "one", "two"],
        AxisOrder = [0, 1, 2],
        Spacing = new(1, 1, 1),
        MedianShape = Shape3.Cube(24),
        PatchSize = Shape3.Cube(16),
        BatchSize = 2,
        PoolKernels = [Shape3.Cube(2), Shape3.Cube(2)],
        ConvKernels = [Shape3.Cube(3), Shape3.Cube(3), Shape3.Cube(3)],
        Normalization = [new(NormalizationScheme.ZScore)],
        BatchDice = false,
        InPlaneAugmentation = false,
    };

    public static void Run(CheckReport report, Device device)
    {
        var folder = Directory.CreateTempSubdirectory("check-gpu-").FullName;
        try
        {
            var search = Compare(device, (name, on, progress, stop) =>
            {
                using var run = new SearchRun(
                    Path.Combine(folder, name), Plan, new SearchSpace { Family = Family.AdwUNet, BaseWidth = 6, MaxWidth = 12, MaxDepth = 2 },
                    new SearchCases(Cases(0), Cases(10), Cases(20)), SearchOptions, on);
                _ = run.Run(progress, stop).Count();
                return ([.. run.History.Select(epoch => epoch.WeightLoss)], run.Arithmetic.ToString());
            });
            var training = Compare(device, (name, on, progress, stop) =>
            {
                using var run = new TrainingRun(
                    Path.Combine(folder, "t-" + name), Plan, Architecture.FromWidths([[6, 4], [8], [12], [8, 8], [6]]), Cases(0), Cases(20), TrainingOptions, on);
                _ = run.Run(progress, stop).Count();
                return ([.. run.History.Select(epoch => epoch.TrainingLoss)], run.Arithmetic.ToString());
            });
            Write(report, device, ("search", search), ("training", training));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static SearchOptions SearchOptions => new()
    {
        Epochs = Epochs,
        IterationsPerEpoch = Iterations,
        ValidationIterations = 2,
        WarmUpEpochs = 1,
        Sampling = new() { Augmentation = AugmentationOptions.Default },
    };

    private static TrainingOptions TrainingOptions => new()
    {
        Epochs = Epochs,
        IterationsPerEpoch = Iterations,
        ValidationIterations = 2,
        Sampling = new() { Augmentation = AugmentationOptions.Default },
    };

    private static IReadOnlyList<IPreprocessedCase> Cases(int first) =>
        [.. Enumerable.Range(first, 2).Select(i => new NoiseCase(i, Plan.MedianShape, Plan.Modalities.Count, Plan.Classes.Count))];

    private static (double[] Alone, double[] Resumed, string Arithmetic) Compare(
        Device device, Func<string, Device, IProgress<StepProgress>?, CancellationToken, (double[] Losses, string Arithmetic)> run)
    {
        var (alone, _) = run("alone", CPU, null, default);
        using var stop = new CancellationTokenSource();
        try
        {
            run("resumed", CPU, new Counter(StopAfter, stop.Cancel), stop.Token);
        }
        catch (OperationCanceledException)
        {
            // as intended
        }

        var (resumed, arithmetic) = run("resumed", device, null, default);
        return (alone, resumed, arithmetic);
    }

    private static void Write(CheckReport report, Device device, params (string Name, (double[] Alone, double[] Resumed, string Arithmetic) Losses)[] runs)
    {
        static string Words(double[] losses) => string.Join(", ", losses.Select(loss => loss.ToString("0.0000", CultureInfo.InvariantCulture)));
        report.Section(Title, text => text
            .Paragraph($"{Epochs} epochs of {Iterations} iterations, stopped on the CPU after {StopAfter} iterations and resumed on {device}.")
            .Table(
                ["Run", "Losses on the CPU alone", "Stopped and resumed", "Computed by"],
                [.. runs.Select(run => (string[])[run.Name, Words(run.Losses.Alone), Words(run.Losses.Resumed), run.Losses.Arithmetic])]));
        foreach (var (name, (alone, resumed, _)) in runs)
        {
            var largest = alone.Length == resumed.Length && alone.Length == Epochs ? alone.Zip(resumed, (a, b) => Math.Abs(a - b) / Math.Abs(a)).Max() : double.PositiveInfinity;
            Console.WriteLine($"{name}: losses differ by {largest:0.0e+0}");
            if (!(largest <= Tolerance))
            {
                report.Fault($"The {name} that was resumed on {device} has other losses than on the CPU: {largest:0.0e+0} where {Tolerance:0e+0} is allowed.");
            }
        }
    }

    private sealed class Counter(int steps, Action atEnd) : IProgress<StepProgress>
    {
        private int _seen;

        public void Report(StepProgress value)
        {
            if (++_seen == steps)
            {
                atEnd();
            }
        }
    }
}

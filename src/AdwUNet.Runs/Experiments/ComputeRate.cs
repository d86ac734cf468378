using System.Diagnostics;
using AdwUNet.Architectures;
using AdwUNet.Imaging;
using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Preprocessing;
using AdwUNet.Sampling;
using AdwUNet.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Experiments;

/// <summary>How many operations of convolutions a machine computes in a second while it trains, to estimate durations. A multiplication and an addition are two.</summary>
/// <param name="Name">The machine.</param>
/// <param name="OperationsPerSecond">Operations as <see cref="NetworkCost"/> counts them.</param>
/// <param name="Source">Whether it was measured or follows from a stated duration, and where that stands.</param>
public sealed record ComputeRate(string Name, double OperationsPerSecond, string Source)
{
    // Seconds of a weight step of the AdwU-Net supernet on Task04_Hippocampus, batch 2, in tests/Benchmarks/RESULTS.md: with the published widths in float32, and
    // with a quarter of them in bfloat16.
    internal const double PublishedStep = 2.37;
    internal const double QuarterStep = 0.15;
    private const int Quarter = 4;

    private const double SecondsPerHour = 3600;
    private const double SecondsPerDay = 86400;

    /// <summary>One V100, on which the authors searched for two days. The paper does not name the task; Task05_Prostate is assumed.</summary>
    public static ComputeRate V100 { get; } = new(
        "V100",
        RunEstimate.OfSearch(Profile.Paper.Search, SearchSpace.Published(Family.AdwUNet), PaperTask.Prostate.PublishedPlan())
            / (PaperTables.SearchDays["AdwU-Net"] * SecondsPerDay),
        $"stated: a search takes {PaperTables.SearchDays["AdwU-Net"]} days on one V100 (Table 4; Task05_Prostate assumed)");

    /// <summary>One H100, on which nnU-Net v2 trained a fold of Task04_Hippocampus in 1.7 hours.</summary>
    public static ComputeRate H100 { get; } = new(
        "H100",
        1000 * 250 * (double)OfNnUNetV2().WeightStepFlops / (1.7 * SecondsPerHour),
        "stated: nnU-Net v2 trains a fold of Task04_Hippocampus in 1.7 h (1000 epochs of 250 steps of 9 patches; published results of Auto-nnU-Net)");

    /// <summary>Two cores of a processor with AVX512-BF16: in float32 for the published widths, in bfloat16 for profiles with narrow networks.</summary>
    /// <param name="profile">The profile, whose widths and precision decide.</param>
    public static ComputeRate TwoCores(Profile profile)
    {
        var isNarrow = profile.WidthDivisor > 1;
        var space = (isNarrow ? Profile.Paper with { WidthDivisor = Quarter } : Profile.Paper).Space(Family.AdwUNet);
        var cost = NetworkCost.Of(space, PaperTask.Hippocampus.PublishedPlan() with { BatchSize = 2 });
        return new(
            "2 cores",
            cost.WeightStepFlops / (isNarrow ? QuarterStep : PublishedStep),
            $"measured: a weight step of the supernet of {space.BaseWidth} to {space.MaxWidth} channels on Task04_Hippocampus in {(isNarrow ? "bfloat16" : "float32")} (tests/Benchmarks/RESULTS.md)");
    }

    /// <summary>Measures this machine: the fastest of some training steps of a network on noise, three seconds of them after two that do not count.</summary>
    /// <param name="plan">Patch and batch.</param>
    /// <param name="network">The network; narrow networks reach fewer operations a second than wide ones.</param>
    /// <param name="training">Precision, sizes and augmentation of the steps.</param>
    /// <param name="device">The device; the CPU when null.</param>
    public static ComputeRate Measure(Plan plan, Architecture network, TrainingOptions training, Device? device = null)
    {
        const int most = 40, discarded = 2, least = 4;
        const double enough = 3;
        var noise = new Noise(plan);
        var options = training with { Epochs = 1, IterationsPerEpoch = most, ValidationIterations = 1 };
        using var unet = (DerivedUNet)new DerivedUNet(plan, network, options.Seed, options.Unit) { Precision = options.Precision }.to(device ?? CPU);
        using var loop = new TrainingLoop(unet, [noise], [noise], options, device);
        using var stop = new CancellationTokenSource();
        var seconds = new List<double>();
        var clock = Stopwatch.StartNew();
        void AfterStep(StepProgress step)
        {
            seconds.Add(clock.Elapsed.TotalSeconds);
            clock.Restart();
            if (seconds.Count >= discarded + least && seconds.Skip(discarded).Sum() > enough) stop.Cancel();
        }

        try
        {
            foreach (var _ in loop.Run(AfterStep, stop.Token))
            {
                // Its steps are what counts.
            }
        }
        catch (OperationCanceledException)
        {
            // Enough steps.
        }

        var cost = NetworkCost.Of(network, options.Sampling.SizesOf(plan));
        return new("this machine", cost.WeightStepFlops / seconds.Skip(discarded).Min(), $"measured: the fastest of {seconds.Count - discarded} training steps, just now");
    }

    /// <summary>The duration of a number of operations.</summary>
    /// <param name="operations">Operations.</param>
    public TimeSpan TimeOf(double operations) => TimeSpan.FromSeconds(operations / OperationsPerSecond);

    // Widths 32 to 256 and batch 9: the plan of Task04_Hippocampus.
    private static NetworkCost OfNnUNetV2()
    {
        var plan = PaperTask.Hippocampus.PublishedPlan();
        return NetworkCost.Of(PublishedArchitectures.NnUNet(plan.PoolCount), plan);
    }

    private sealed class Noise : IPreprocessedCase
    {
        private readonly float[] _image;
        private readonly short[] _labels;

        public Noise(Plan plan)
        {
            var random = new RandomSequence(1, "noise", 0);
            (Channels, Shape) = (plan.Modalities.Count, plan.PatchSize);
            _image = [.. Enumerable.Range(0, Channels * (int)Shape.Count).Select(_ => (float)((2 * random.NextDouble()) - 1))];
            _labels = [.. Enumerable.Range(0, (int)Shape.Count).Select(_ => (short)random.NextInt(plan.OutputCount))];
            ForegroundVoxels = new Dictionary<int, int[]> { [1] = [(int)Shape.Count / 2] };
        }

        public string Id => "noise";

        public int Channels { get; }

        public Shape3 Shape { get; }

        public ReadOnlySpan<float> Image => _image;

        public ReadOnlySpan<short> Labels => _labels;

        public IReadOnlyDictionary<int, int[]> ForegroundVoxels { get; }
    }
}

using AdwUNet.Architectures;
using AdwUNet.Benchmarks.Loading;
using AdwUNet.Benchmarks.Measuring;
using AdwUNet.Benchmarks.Preprocessing;
using AdwUNet.Benchmarks.Scans;
using AdwUNet.Benchmarks.Steps;
using AdwUNet.Planning;

namespace AdwUNet.Benchmarks.Report;

/// <summary>Every target beside what this run measured.</summary>
internal static class TargetTable
{
    private const double TimesInFloat32 = 1.4;
    private const double Memory = 1e9;
    private const double ShareOfPeak = 0.75;
    private const double ShareOfWaiting = 0.05;
    private const double TimesOfPreprocessing = 5;
    private const double MemoryOfPreprocessing = 4;
    private const double MemoryOfFullScan = 6e9;

    /// <summary>How many times faster than the reference a step in bfloat16 is to be.</summary>
    public static double TimesInBFloat16(Family? family, StepKind kind) => (family, kind) switch
    {
        (_, StepKind.JointIteration) => 6,
        (Family.AwUNet or Family.AdUNet, _) => 4,
        _ => 4.5,
    };

    /// <summary>The steps of the three supernets and the derived network's forward pass.</summary>
    public static IEnumerable<Row> Steps(StepTimes times)
    {
        foreach (var who in Implementations.Here.Where(who => who != Implementation.Plain).Reverse())
        {
            foreach (var family in Enum.GetValues<Family>())
            {
                foreach (var kind in new[] { StepKind.Weight, StepKind.Architecture })
                {
                    var target = who == Implementation.Float32 ? TimesInFloat32 : TimesInBFloat16(family, kind);
                    yield return Row.OfTime(
                        $"{Title(family)} {Title(kind)}, {who.Title()}", target, Reference.Seconds(family, kind), times[family, Implementation.Plain, kind], times[family, who, kind]);
                }
            }

            yield return Row.OfTime(
                $"derived network, forward, {who.Title()}",
                who == Implementation.Float32 ? null : TimesInBFloat16(null, StepKind.Forward),
                Reference.Seconds(null, StepKind.Forward),
                times[null, Implementation.Plain, StepKind.Forward],
                times[null, who, StepKind.Forward]);
        }

        var plain = times[Family.AdwUNet, Implementation.Plain, StepKind.Iteration];
        foreach (var kind in new[] { StepKind.Iteration, StepKind.JointIteration })
        {
            yield return Row.OfTime(
                $"AdwU-Net {Title(kind)}, {Implementations.Fastest.Title()}",
                Implementations.Fastest == Implementation.BFloat16 ? TimesInBFloat16(Family.AdwUNet, kind) : null,
                Reference.Seconds(Family.AdwUNet, kind),
                plain,
                times[Family.AdwUNet, Implementations.Fastest, kind]);
        }
    }

    /// <summary>The share of the machine's peak that the convolutions reach.</summary>
    public static IEnumerable<Row> Peak(StepTimes times, MatrixProducts products)
    {
        foreach (var kind in new[] { StepKind.Weight, StepKind.Architecture })
        {
            var cost = NetworkCost.Of(SearchSpace.Published(Family.AdwUNet), Hippocampus.Plan);
            var flops = kind == StepKind.Weight ? cost.WeightStepFlops : cost.ArchitectureStepFlops;
            var samples = times[Family.AdwUNet, Implementations.Fastest, kind];
            if (!samples.IsEmpty)
            {
                var share = flops / samples.Median / products.Fastest;
                var name = $"share of peak: AdwU-Net {Title(kind)}, {Implementations.Fastest.Title()}, {flops / 1e9:0} GFLOP of {products.Fastest / 1e9:0} GFLOP/s";
                yield return Implementations.Fastest == Implementation.BFloat16
                    ? Row.OfValue(name, $"≥ {ShareOfPeak}", Row.Number(share), share >= ShareOfPeak)
                    : Row.OfValue(name, Row.Number(share));
            }
        }
    }

    /// <summary>Peak memory of fresh processes.</summary>
    public static IEnumerable<Row> MemoryOf(IReadOnlyDictionary<MemoryCase, long> peaks) => peaks
        .Where(peak => peak.Key.Who != Implementation.Plain)
        .Select(peak => Row.OfMemory(
            $"peak memory, {(peak.Key.Family is { } family ? Title(family) : "derived network")} {Title(peak.Key.Kind)}, {peak.Key.Who.Title()}",
            Memory,
            Reference.Bytes(peak.Key.Family, peak.Key.Kind),
            peaks.TryGetValue(peak.Key with { Who = Implementation.Plain }, out var plain) ? plain : null,
            peak.Value));

    /// <summary>Whether steps wait for data.</summary>
    public static IEnumerable<Row> Waiting(WaitingTime waiting)
    {
        var share = waiting.Wait.Sum / waiting.Step.Sum;
        yield return Row.OfValue(
            $"waiting for data: of a step of {Row.Seconds(waiting.Step.Median)} (laptop profile, full augmentation; a batch takes {Row.Seconds(waiting.Batch.Median)} to make, "
            + $"a step without a loader {Row.Seconds(waiting.Unfed.Median)})",
            $"< {Row.Percent(ShareOfWaiting)}",
            Row.Percent(share),
            share < ShareOfWaiting);
    }

    /// <summary>Preprocessing against scikit-image, which stands in the column of the reference.</summary>
    public static IEnumerable<Row> Preprocessing(IEnumerable<PreprocessingTimes> scans)
    {
        foreach (var scan in scans)
        {
            var theirs = ScikitImage.Version is { } version
                ? $"{Row.Seconds(scan.Theirs)}, scikit-image {version}"
                : "scikit-image is missing (apt-get install python3-skimage)";
            string Ratio(Samples ours) => scan.Theirs.IsEmpty ? Row.Nothing : Row.Judged(scan.Theirs.Median / ours.Median, TimesOfPreprocessing);
            yield return new Row(
                $"preprocessing, {scan.Name}", $"≥ {TimesOfPreprocessing}×", theirs, Row.Nothing, Row.Seconds(scan.Whole), Ratio(scan.Whole), Row.Nothing);
            yield return new Row(
                "— the image's resampling alone" + (scan.Difference is { } difference ? $" (results differ by {difference:0e0})" : ""),
                Row.Nothing,
                theirs,
                Row.Nothing,
                Row.Seconds(scan.Image),
                Ratio(scan.Image),
                Row.Nothing);
            const long small = 10_000_000; // of a small scan's memory most is the runtime's own
            if (scan.VolumeBytes > small)
            {
                var volumes = scan.Memory / (double)scan.VolumeBytes;
                yield return Row.OfValue(
                    $"— memory, in volumes of {Row.Gigabytes(scan.VolumeBytes)}, scan and labels included",
                    $"< {MemoryOfPreprocessing}",
                    Row.Number(volumes),
                    volumes < MemoryOfPreprocessing,
                    scan.TheirMemory is { } bytes ? Row.Number(bytes / (double)scan.VolumeBytes) : Row.Nothing);
            }
        }
    }

    /// <summary>The steps of a full-size scan. Their memory is the highest of the process so far.</summary>
    public static IEnumerable<Row> FullScan(IReadOnlyList<FullScan> steps) => steps.Select(step => Row.OfValue(
        $"CT of 512×512×400, {step.Name}",
        $"≤ {Row.Gigabytes(MemoryOfFullScan)}",
        $"{Row.Seconds(step.Seconds)}, {Row.Gigabytes(step.Peak)}",
        step.Peak <= MemoryOfFullScan));

    public static string Title(Family family) => family switch
    {
        Family.AdwUNet => "AdwU-Net",
        Family.AwUNet => "AwU-Net",
        _ => "AdU-Net",
    };

    public static string Title(StepKind kind) => kind switch
    {
        StepKind.Weight => "weight step",
        StepKind.Architecture => "architecture step",
        StepKind.Joint => "joint step",
        StepKind.Iteration => "search iteration as published",
        StepKind.JointIteration => "search iteration, joint",
        _ => "forward",
    };
}

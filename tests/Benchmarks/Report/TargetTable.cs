using AdwUNet.Architectures;
using AdwUNet.Benchmarks.Loading;
using AdwUNet.Benchmarks.Measuring;
using AdwUNet.Benchmarks.Preprocessing;
using AdwUNet.Benchmarks.Scans;
using AdwUNet.Benchmarks.Steps;
using AdwUNet.Cpu;
using AdwUNet.Planning;

namespace AdwUNet.Benchmarks.Report;

/// <summary>Every target beside what this run measured.</summary>
internal static class TargetTable
{
    /// <summary>How many times faster than libtorch a step in float32 is to be on a processor that has no more than AVX2.</summary>
    public const double TimesOnAvx2 = 1.3;

    private const double TimesInFloat32 = 1.4;
    private const double Memory = 1e9;
    private const double ShareOfWaiting = 0.03;
    private const double TimesOfPreprocessing = 5;
    private const double MemoryOfPreprocessing = 4;
    private const double MemoryOfFullScan = 6e9;

    /// <summary>How many times faster than the transcription a step in bfloat16 is to be.</summary>
    public static double TimesInBFloat16(Family? family, StepKind kind) => (family, kind) switch
    {
        (_, StepKind.JointIteration) => 6,
        (Family.AwUNet or Family.AdUNet, _) => 4,
        _ => 4.5,
    };

    /// <summary>The steps of the three supernets and the derived network's forward pass.</summary>
    public static IEnumerable<Row> Steps(StepTimes times, MatrixProducts products)
    {
        foreach (var who in Implementations.Here.Where(who => who != Implementation.Plain).Reverse())
        {
            foreach (var family in Enum.GetValues<Family>())
            {
                foreach (var kind in new[] { StepKind.Weight, StepKind.Architecture })
                {
                    yield return Step(times, products, family, who, kind, who == Implementation.Float32 ? (CpuFeatures.Avx512 ? TimesInFloat32 : TimesOnAvx2) : TimesInBFloat16(family, kind));
                }
            }

            yield return Step(times, products, null, who, StepKind.Forward, who == Implementation.Float32 ? null : TimesInBFloat16(null, StepKind.Forward));
        }

        foreach (var kind in new[] { StepKind.Iteration, StepKind.JointIteration })
        {
            var target = Implementations.Fastest == Implementation.BFloat16 ? (double?)TimesInBFloat16(Family.AdwUNet, kind) : null;
            yield return Step(times, products, Family.AdwUNet, Implementations.Fastest, kind, target);
        }
    }

    private static Row Step(StepTimes times, MatrixProducts products, Family? family, Implementation who, StepKind kind, double? target)
    {
        var (fast, peak) = (times[family, who, kind], who == Implementation.BFloat16 ? products.BFloat16 : products.Float32);
        return Row.OfTime(
            $"{(family is { } one ? Title(one) : "derived network,")} {Title(kind)}, {who.Title()}",
            target,
            times[family, Implementation.Plain, kind == StepKind.JointIteration ? StepKind.Iteration : kind],
            fast,
            fast.IsEmpty || peak == 0 ? null : Flops(family, kind) / fast.Median / peak);
    }

    private static double Flops(Family? family, StepKind kind)
    {
        var cost = family is { } one
            ? NetworkCost.Of(SearchSpace.Published(one), Hippocampus.Plan)
            : NetworkCost.Of(Derived.Architecture, Hippocampus.Plan);
        return kind switch
        {
            StepKind.Forward => cost.ForwardFlops,
            StepKind.Architecture => cost.ArchitectureStepFlops,
            StepKind.Iteration => (2.0 * cost.ArchitectureStepFlops) + cost.WeightStepFlops,
            StepKind.JointIteration => (double)cost.ArchitectureStepFlops + cost.WeightStepFlops, // a joint step has a weight step's convolutions
            _ => cost.WeightStepFlops,
        };
    }

    /// <summary>Peak memory of fresh processes.</summary>
    public static IEnumerable<Row> MemoryOf(IReadOnlyDictionary<MemoryCase, long> peaks) => peaks
        .Where(peak => peak.Key.Who != Implementation.Plain)
        .Select(peak => Row.OfMemory(
            $"peak memory, {(peak.Key.Family is { } family ? Title(family) : "derived network")} {Title(peak.Key.Kind)}, {peak.Key.Who.Title()}",
            Memory,
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

    /// <summary>Preprocessing against scikit-image, which is the baseline.</summary>
    public static IEnumerable<Row> Preprocessing(IEnumerable<PreprocessingTimes> scans)
    {
        foreach (var scan in scans)
        {
            var theirs = ScikitImage.Version is { } version
                ? $"{Row.Seconds(scan.Theirs)}, scikit-image {version}"
                : "scikit-image is missing (apt-get install python3-skimage)";
            string Ratio(Samples ours) => scan.Theirs.IsEmpty ? Row.Nothing : Row.Judged(scan.Theirs.Median / ours.Median, TimesOfPreprocessing);
            yield return new Row(
                $"preprocessing, {scan.Name}", $"≥ {TimesOfPreprocessing}×", theirs, Row.Seconds(scan.Whole), Ratio(scan.Whole), Row.Nothing);
            yield return new Row(
                "— the image's resampling alone" + (scan.Difference is { } difference ? $" (results differ by {difference:0e0})" : ""),
                Row.Nothing,
                theirs,
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

using System.Globalization;
using AdwUNet.Imaging;
using AdwUNet.Planning;

namespace AdwUNet.Interactive;

/// <summary>Why each number of a plan came out as it did, in words with the numbers of its fingerprint.</summary>
internal sealed class PlanReasons(Plan plan, Fingerprint fingerprint, PlannerOptions options)
{
    private static readonly Shape3 AllAxes = Shape3.Cube(3);

    public string Spacing
    {
        get
        {
            var median = Ordered(Medians(c => c.Spacing.ToArray()));
            var finer = Axes.Where(a => plan.Spacing[a] < median[a] * 0.999).Select(a => SlicePlane.AxisNames[a]).ToList();
            var why = $"each axis's median over {Summaries.Count(fingerprint.Cases.Count, "case")}, so that most scans change little";
            return finer.Count == 0 ? why : $"{why}; {finer[0]}, which is far coarser than the others and short, takes a finer value, so that thin slices are not lost";
        }
    }

    public static string MedianShape => "the median size of the cases after cropping, at that spacing";

    public string Patch
    {
        get
        {
            if (options.PatchSize is { } set)
            {
                var grown = plan.PatchSize == set ? "" : $" ({set}, made up to what the poolings divide)";
                return $"set by the profile{grown}; nnU-Net's rules would take {ByTheRules().PatchSize}";
            }

            var uncut = Axes.All(a => plan.PatchSize[a] >= plan.MedianShape[a]);
            return uncut
                ? "all of the median case, made up to what the poolings divide"
                : "begins with the median case; the axis that is longest beside it is cut until a training step fits the memory nnU-Net plans for";
        }
    }

    public string Batch => options.BatchSize is null
        ? string.Create(CultureInfo.InvariantCulture, $"as many patches as fit the memory that nnU-Net plans for, at most {100 * options.MaxBatchShare:0.##} % of all training voxels, at least {options.MinBatchSize}")
        : $"set by the profile; nnU-Net's rules would take {ByTheRules().BatchSize} of their own patch";

    public string Poolings
    {
        get
        {
            var edges = Axes.Select(a => $"{SlicePlane.AxisNames[a]} {string.Join('→', Edges(a).Distinct())}");
            var limit = Axes.Any(a => plan.PoolKernels.Count(k => k[a] > 1) == options.MaxPooling)
                ? $" and at most {Summaries.Count(options.MaxPooling, "time")} (the profile's limit)"
                : "";
            return $"an axis is halved while its voxels are less than twice as long as the finest and {options.MinFeatureMapEdge} or more would be left of the patch as it was before being made up{limit}: {string.Join(", ", edges)}";
        }
    }

    public string PoolKernels => plan.PoolKernels.All(k => k == Shape3.Cube(2))
        ? "2 is halved: all axes together, for their voxels are about as long and none is short before the others"
        : "2 is halved, 1 is not: an axis waits while its voxels are twice as long as the finest or more, and stops when it is short";

    public string ConvKernels => plan.ConvKernels.All(k => k == AllAxes)
        ? "3 along every axis, for the voxels are about as long in all directions"
        : "3 along the axes whose voxels are about as long (within a factor of two, the largest such group), 1 along others: a step there is another distance; 3 along all once pooling has made them alike, and in the bottleneck";

    public string Normalization
    {
        get
        {
            var left = Charts.Median(fingerprint.Cases.Select(c => c.SizeReduction));
            var all = left < options.MaskedNormalizationThreshold
                ? "over all voxels, as whatever has CT in its name"
                : string.Create(CultureInfo.InvariantCulture, $"over all voxels, for cropping leaves {100 * left:0} % of a scan");
            var reasons = plan.Normalization.Select((channel, i) => channel.Scheme switch
            {
                NormalizationScheme.CT => string.Create(
                    CultureInfo.InvariantCulture,
                    $"CT has one unit for all scans: clipped to {fingerprint.Intensities[i].Percentile005:0}..{fingerprint.Intensities[i].Percentile995:0} HU, then the mean and deviation of all cases' foreground"),
                NormalizationScheme.MaskedZScore => string.Create(
                    CultureInfo.InvariantCulture,
                    $"no common unit, so each case by its own mean and deviation; cropping leaves {100 * left:0} % of a scan (below {100 * options.MaskedNormalizationThreshold:0} %), so zeros around the organ do not count"),
                _ => $"no common unit, so each case by its own mean and deviation; {all}",
            });
            return string.Join("; ", reasons.Distinct());
        }
    }

    public string BatchDice
    {
        get
        {
            var patches = (double)plan.MedianShape.Count / plan.PatchSize.Count;
            var found = string.Create(CultureInfo.InvariantCulture, $"the median case holds {patches:0.0} patches");
            return plan.BatchDice
                ? $"{found}, {options.LowResolutionThreshold:0} or more: a single patch may miss a class altogether"
                : patches < options.LowResolutionThreshold
                    ? $"{found}, fewer than {options.LowResolutionThreshold:0}: each shows enough of it by itself"
                    : $"{found}, but the coarser stage that nnU-Net would plan before it has half its voxels or more";
        }
    }

    public string InPlane
    {
        get
        {
            var ratio = Axes.Max(a => (double)plan.PatchSize[a]) / plan.PatchSize.Z;
            return string.Create(
                CultureInfo.InvariantCulture,
                $"the patch's longest edge is {ratio:0.0} times its first; above {options.AnisotropyThreshold:0} slices turn as a whole, for a rotation through them would smear");
        }
    }

    private static IEnumerable<int> Axes => Enumerable.Range(0, 3);

    private IEnumerable<int> Edges(int axis)
    {
        var edge = plan.PatchSize[axis];
        yield return edge;
        foreach (var kernel in plan.PoolKernels)
        {
            edge /= kernel[axis];
            yield return edge;
        }
    }

    private Plan ByTheRules() => Planner.Plan(fingerprint, new PlannerOptions());

    private double[] Ordered(double[] ofFile) => [.. plan.AxisOrder.Select(a => ofFile[a])];

    private double[] Medians(Func<CaseFingerprint, double[]> of) => [.. Axes.Select(a => Charts.Median(fingerprint.Cases.Select(c => of(c)[a])))];
}

using System.Globalization;
using AdwUNet.Imaging;
using AdwUNet.Planning;

namespace AdwUNet.Interactive;

/// <summary>The reason for each value of a plan, in words, with the numbers of its fingerprint.</summary>
internal sealed class PlanReasons(Plan plan, Fingerprint fingerprint, PlannerOptions options)
{
    private static readonly Shape3 AllAxes = Shape3.Cube(3);

    public string Spacing
    {
        get
        {
            var median = Ordered(Medians(c => c.Spacing.ToArray()));
            var finer = Axes.Where(a => plan.Spacing[a] < median[a] * 0.999).Select(a => SlicePlane.AxisNames[a]).ToList();
            var why = $"the median of each axis over {Summaries.Count(fingerprint.Cases.Count, "case")}, so that most scans change little";
            return finer.Count == 0 ? why : $"{why}; the axis {finer[0]} is much coarser than the others and short, so it gets a finer value, which keeps thin slices";
        }
    }

    public static string MedianShape => "the median size of the cases after cropping, at that spacing";

    public string Patch
    {
        get
        {
            if (options.PatchSize is { } set)
            {
                var grown = plan.PatchSize == set ? "" : $" ({set}, rounded up to a multiple that the poolings divide)";
                return $"set by the profile{grown}; nnU-Net's rules give {ByTheRules().PatchSize}";
            }

            var uncut = Axes.All(a => plan.PatchSize[a] >= plan.MedianShape[a]);
            return uncut
                ? $"the whole median case, rounded up to a multiple that the poolings divide{(IsOwnBudget ? "" : $"; it fits {Budget}")}"
                : $"starts from the median case; the axis that is longest relative to it is shortened until a training step fits "
                    + $"{(IsOwnBudget ? "the memory that nnU-Net plans for" : $"{Budget}; nnU-Net's own budget gives {ByTheRules().PatchSize}")}";
        }
    }

    private bool IsOwnBudget => options.StepSeconds is null && options.MemoryBudget == new PlannerOptions().MemoryBudget;

    private string Budget
    {
        get
        {
            const double giga = 1e9;
            var (step, memory) = (StepEstimate.Of(plan, options), options.MemoryBudget * StepEstimate.BytesPerValue);
            var time = options.StepSeconds is { } seconds
                ? $" and {seconds:0.###} s a step (at {StepEstimate.ReferenceSpeed / giga:0} GFLOP/s)"
                : "";
            return string.Create(
                CultureInfo.InvariantCulture,
                $"the profile's budget of {memory / giga:0.#} GB{time}: it takes {step.Bytes / giga:0.##} GB and {step.Seconds:0.###} s");
        }
    }

    public string Batch => options.BatchSize is null
        ? string.Create(CultureInfo.InvariantCulture, $"as many patches as fit the memory that nnU-Net plans for, at most "
            + $"{100 * options.MaxBatchShare:0.##} % of all training voxels, at least {options.MinBatchSize}")
        : $"set by the profile; nnU-Net's rules give {ByTheRules().BatchSize} for their own patch";

    public string Poolings
    {
        get
        {
            var edges = Axes.Select(a => $"{SlicePlane.AxisNames[a]} {string.Join('→', Edges(a).Distinct())}");
            var limit = Axes.Any(a => plan.PoolKernels.Count(k => k[a] > 1) == options.MaxPooling)
                ? $" and at most {Summaries.Count(options.MaxPooling, "time")} (the profile's limit)"
                : "";
            return $"an axis is pooled while its voxels are less than twice as long as the finest and at least "
                + $"{options.MinFeatureMapEdge} voxels of the patch (before rounding up) remain{limit}: {string.Join(", ", edges)}";
        }
    }

    public string PoolKernels => plan.PoolKernels.All(k => k == Shape3.Cube(2))
        ? "2 halves an axis: all axes together, because their voxels have about the same length and no axis becomes too short before the others"
        : "2 halves an axis, 1 does not: an axis is not pooled while its voxels are at least twice as long as the finest, or once it is short";

    public string ConvKernels => plan.ConvKernels.All(k => k == AllAxes)
        ? "3 along every axis, because voxels have about the same length in all directions"
        : "3 along the largest group of axes whose voxel lengths differ by less than a factor of two, 1 "
            + "along the others; 3 along all axes after pooling has made the lengths similar, and in the bottleneck";

    public string Normalization
    {
        get
        {
            var left = Charts.Median(fingerprint.Cases.Select(c => c.SizeReduction));
            var all = left < options.MaskedNormalizationThreshold
                ? "over all voxels, because its name contains CT"
                : string.Create(CultureInfo.InvariantCulture, $"over all voxels, because cropping leaves {100 * left:0} % of a scan");
            var reasons = plan.Normalization.Select((channel, i) => channel.Scheme switch
            {
                NormalizationScheme.CT => string.Create(
                    CultureInfo.InvariantCulture,
                    $"CT has one unit for all scans: values are clipped to {fingerprint.Intensities[i].Percentile005:0}..{fingerprint.Intensities[i].Percentile995:0} "
                        + $"HU, then normalised by the mean and standard deviation of the foreground of all cases"),
                NormalizationScheme.MaskedZScore => string.Create(
                    CultureInfo.InvariantCulture,
                    $"no common unit, so each case is normalised by its own mean and standard deviation; cropping leaves {100 * left:0} "
                        + $"% of a scan (below {100 * options.MaskedNormalizationThreshold:0} %), so zeros around the organ do not count"),
                _ => $"no common unit, so each case is normalised by its own mean and standard deviation, {all}",
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
                ? $"{found}, {options.LowResolutionThreshold:0} or more: a single patch may contain none of a class"
                : patches < options.LowResolutionThreshold
                    ? $"{found}, fewer than {options.LowResolutionThreshold:0}: each patch shows enough of a case"
                    : $"{found}, but nnU-Net's coarser stage has at least half of its voxels";
        }
    }

    public string InPlane
    {
        get
        {
            var ratio = Axes.Max(a => (double)plan.PatchSize[a]) / plan.PatchSize.Z;
            return string.Create(
                CultureInfo.InvariantCulture,
                $"the longest edge of the patch is {ratio:0.0} times its first; above {options.AnisotropyThreshold:0} "
                    + $"patches are rotated only within slices, because a rotation across thick slices blurs");
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

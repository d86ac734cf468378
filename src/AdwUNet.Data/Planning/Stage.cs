using AdwUNet.Imaging;

namespace AdwUNet.Planning;

/// <summary>What is the same for all resolutions of a dataset.</summary>
/// <param name="MedianShape">Median shape at the full resolution, not rounded, in the plan's axis order.</param>
/// <param name="Cases">Number of training cases.</param>
/// <param name="Modalities">Number of channels.</param>
/// <param name="Outputs">Output channels of the network: the classes with the background, or the regions.</param>
/// <param name="Options">The planner's settings.</param>
internal sealed record StageContext(double[] MedianShape, int Cases, int Modalities, int Outputs, PlannerOptions Options);

/// <summary>Patch, batch and network for one resolution (nnU-Net v1's <c>get_properties_for_stage</c>).</summary>
/// <param name="MedianShape">The median case's voxels at this resolution.</param>
/// <param name="Network">Patch and pooling.</param>
/// <param name="BatchSize">Patches per batch.</param>
internal sealed record Stage(Shape3 MedianShape, NetworkTopology Network, int BatchSize)
{
    public static Stage Make(StageContext context, Spacing3 spacing, Spacing3 fullSpacing, Shape3? patch)
    {
        var options = context.Options;
        var median = Shape3.From([.. Enumerable.Range(0, 3).Select(axis =>
            Math.Max(1, Rounded(fullSpacing[axis] / spacing[axis] * context.MedianShape[axis])))]);
        var network = Topology(patch ?? InitialPatch(spacing, median, options));
        var estimate = Estimate(network);
        while (patch == null && (estimate > options.MemoryBudget || Seconds(network) > options.StepSeconds))
        {
            var axis = RelativelyLargest(network, median) ?? throw new PlanException(
                $"No patch fits the budget: even {network.PatchSize} needs {estimate} of {options.MemoryBudget:0} values and "
                    + $"{Seconds(network):0.###} of {options.StepSeconds ?? double.PositiveInfinity:0.###} s a step; raise MemoryBudget or StepSeconds.");

            // The smaller patch may be pooled less often; what is taken off is its own divisor (nnU-Net v1).
            var tried = network.PatchSize.With(axis, network.PatchSize[axis] - network.Divisor[axis]);
            var step = Topology(tried).Divisor[axis];
            network = Topology(network.PatchSize.With(axis, network.PatchSize[axis] - step));
            estimate = Estimate(network);
        }

        return new Stage(median, network, BatchSizeOf(network.PatchSize, estimate, median, context));

        NetworkTopology Topology(Shape3 size) => NetworkTopology.For(spacing, size, options.MinFeatureMapEdge, options.MaxPooling);

        double Seconds(NetworkTopology candidate) => StepEstimate.Of(candidate, context.Modalities, context.Outputs, options).Seconds;

        long Estimate(NetworkTopology candidate) => MemoryEstimate.Of(candidate, context.Modalities, context.Outputs, options);
    }

    /// <summary>A cube of the initial edge in voxels, no larger than the median case.</summary>
    private static Shape3 InitialPatch(Spacing3 spacing, Shape3 median, PlannerOptions options)
    {
        // In units of the coarsest axis, which gets the initial edge as its number of voxels.
        double[] density = [.. spacing.ToArray().Select(edge => 1 / edge)];
        var mean = density.Average();
        density = [.. density.Select(value => value / mean)];
        var scale = 1 / density.Min() * options.InitialPatchEdge;
        return Shape3.From([.. Enumerable.Range(0, 3).Select(axis => Rounded(Math.Min(density[axis] * scale, median[axis])))]);
    }

    /// <summary>The axis that is largest relative to the median case among those that can be shortened; null when none can.</summary>
    private static int? RelativelyLargest(NetworkTopology network, Shape3 median)
    {
        // Of equal ones the last, as the last element of NumPy's argsort.
        int? largest = null;
        var largestShare = 0.0;
        for (var axis = 0; axis < 3; axis++)
        {
            var share = network.PatchSize[axis] / (double)median[axis];
            if (network.PatchSize[axis] > network.Divisor[axis] && share >= largestShare)
            {
                (largest, largestShare) = (axis, share);
            }
        }

        return largest;
    }

    private static int BatchSizeOf(Shape3 patch, long estimate, Shape3 median, StageContext context)
    {
        var options = context.Options;
        var fitting = (int)Math.Floor(Math.Max(options.MemoryBudget / estimate, 1) * options.ReferenceBatchSize);
        var allVoxels = (double)median.Count * context.Cases;
        var covering = Math.Round(options.MaxBatchShare * allVoxels / patch.Count, MidpointRounding.ToEven);
        return (int)Math.Min(fitting, Math.Max(covering, options.MinBatchSize));
    }

    private static int Rounded(double value) => checked((int)Math.Round(value, MidpointRounding.ToEven));
}

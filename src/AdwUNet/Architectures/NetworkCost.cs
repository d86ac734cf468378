using AdwUNet.Imaging;
using AdwUNet.Planning;

namespace AdwUNet.Architectures;

/// <summary>
/// The cost of a network on one batch of a plan, computed without building it: parameters, operations of its convolutions and transposed
/// convolutions, activations kept for the backward pass. Other patches and batches: <c>plan with { PatchSize = … }</c>.
/// </summary>
public sealed class NetworkCost
{
    private NetworkCost(IReadOnlyList<BlockCost> blocks) => Blocks = blocks;

    /// <summary>The blocks in the order of an architecture: encoder stages 0..P, then decoder stages 0..P−1 (coarse to fine).</summary>
    public IReadOnlyList<BlockCost> Blocks { get; }

    /// <summary>Number of parameters, including alphas and betas.</summary>
    public long Weights => Blocks.Sum(block => block.Weights);

    /// <summary>Number of alphas and betas; 0 for a derived network.</summary>
    public int ArchitectureParameters => Blocks.Sum(block => block.ArchitectureParameters);

    /// <summary>Floating-point operations of a forward pass: a multiplication and an addition are two.</summary>
    public long ForwardFlops => Blocks.Sum(block => block.ForwardFlops);

    /// <summary>Floating-point operations of a weight step: forward, backward-weights and backward-data.</summary>
    public long WeightStepFlops => Blocks.Sum(block => block.WeightStepFlops);

    /// <summary>Floating-point operations of an architecture step: forward and backward-data. For a derived network, which has no alphas and betas: forward.</summary>
    public long ArchitectureStepFlops => Blocks.Sum(block => block.ArchitectureStepFlops);

    /// <summary>
    /// Values in feature maps that a step without recomputation keeps for its backward pass; 4 bytes each in float32, 2 in bfloat16. The memory of the
    /// loss and the workspace of convolutions are not included.
    /// </summary>
    public long Activations => Blocks.Sum(block => block.Activations);

    /// <summary>The cost of one kind.</summary>
    public double Of(CostKind kind) => kind switch
    {
        CostKind.Flops => ForwardFlops,
        CostKind.Weights => Weights,
        _ => Activations,
    };

    /// <summary>The cost of the plain U-Net of an architecture.</summary>
    /// <param name="architecture">Its widths.</param>
    /// <param name="plan">Patch, batch, kernels, channels and classes.</param>
    /// <exception cref="ArchitectureException">The architecture has another number of poolings than the plan.</exception>
    public static NetworkCost Of(Architecture architecture, Plan plan)
    {
        if (architecture.PoolCount != plan.PoolCount)
        {
            throw new ArchitectureException(
                $"The architecture has {architecture.Widths.Count} blocks, that is {architecture.PoolCount} poolings, but the plan of "
                + $"{plan.Dataset} has {plan.PoolCount}; derive it from a search with this plan.");
        }

        return Of(plan, architecture.Widths, space: null, architecture.Family == Family.AdUNet ? i => $"blocks.{i}" : i => $"block{i + 1}");
    }

    /// <summary>The cost of the supernet of a search space.</summary>
    /// <param name="space">The search space.</param>
    /// <param name="plan">Patch, batch, kernels, channels and classes.</param>
    /// <exception cref="ArchitectureException">The search space is invalid.</exception>
    public static NetworkCost Of(SearchSpace space, Plan plan)
    {
        space.Validate();
        var widths = space.BlockWidths(plan.PoolCount).Select(width => (IReadOnlyList<int>)[.. Enumerable.Repeat(width, space.MaxDepth)]);
        return Of(plan, [.. widths], space, i => $"block{i + 1}");
    }

    private static NetworkCost Of(Plan plan, IReadOnlyList<IReadOnlyList<int>> widths, SearchSpace? space, Func<int, string> unitName)
    {
        var blocks = new List<BlockCost>();
        var shape = plan.PatchSize;
        for (var d = 0; d <= plan.PoolCount; d++)
        {
            shape = d == 0 ? shape : Divide(shape, plan.PoolKernels[d - 1]);
            var input = d == 0 ? plan.Modalities.Count : widths[d - 1][^1];
            var site = new CostSite($"conv_blocks_context.{d}", input, plan.ConvKernels[d], shape, plan.BatchSize, space, unitName, IsFirst: d == 0);
            blocks.Add(site.Block(site.Units(widths[d]), widths[d][^1]));
        }

        for (var u = 0; u < plan.PoolCount; u++)
        {
            var skip = plan.PoolCount - 1 - u;
            var skipWidth = widths[skip][^1];
            var index = plan.PoolCount + 1 + u;
            shape = blocks[skip].Shape;
            var site = new CostSite(
                $"conv_blocks_localization.{u}", 2 * skipWidth, plan.ConvKernels[skip], shape, plan.BatchSize, space, unitName, IsFirst: false);
            LayerCost[] layers =
            [
                site.UpSampling($"tu.{u}", widths[index - 1][^1], skipWidth, plan.PoolKernels[skip]),
                .. site.Units(widths[index]),
                site.Logits($"seg_outputs.{u}", widths[index][^1], plan.OutputCount),
            ];
            blocks.Add(site.Block(layers, widths[index][^1], joinedWidth: 2 * skipWidth));
        }

        return new NetworkCost(blocks);
    }

    private static Shape3 Divide(Shape3 shape, Shape3 by) => new(shape.Z / by.Z, shape.Y / by.Y, shape.X / by.X);
}

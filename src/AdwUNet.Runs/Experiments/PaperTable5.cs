using AdwUNet.Architectures;
using AdwUNet.Planning;

namespace AdwUNet.Experiments;

/// <summary>
/// A row of the paper's Table 5 (and Figure 2): nnU-Net scaled by hand, or a searched network, on Task05_Prostate with five folds. The figures are
/// those that the paper prints.
/// </summary>
/// <param name="Name">The network, such as <c>depth × 1.5</c>.</param>
/// <param name="Architecture">The network that the row is about.</param>
/// <param name="TeraFlops">Operations of a forward pass in 10^12; <see cref="CountOperations"/> says what the paper counts.</param>
/// <param name="MillionWeights">Weights in millions; <see cref="WeightUnit"/> says of which kind.</param>
/// <param name="TrainingMegabytes">GPU memory of the training in MB.</param>
/// <param name="Dice">Mean Dice of five folds.</param>
public sealed record PaperTable5(string Name, Architecture Architecture, double TeraFlops, double MillionWeights, int TrainingMegabytes, double Dice)
{
    private const int Poolings = 6; // Task05_Prostate
    private const long Binary = 1 << 20;

    /// <summary>The rows in the order of the table; nnU-Net itself, which the table has in each of its groups, is the first.</summary>
    public static IReadOnlyList<PaperTable5> Rows { get; } =
    [
        new("nnU-Net", Scaled(1, 1), 0.53, 42.50, 11991, 0.7544),
        new("depth × 0.5", Scaled(0.5, 1), 0.32, 26.23, 10442, 0.7393),
        new("depth × 1.5", Scaled(1.5, 1), 0.74, 60.01, 12653, 0.7619),
        new("depth × 2", Scaled(2, 1), 0.94, 81.27, 15802, 0.7599),
        new("width × 0.5", Scaled(1, 0.5), 0.13, 8.19, 4647, 0.7470),
        new("width × 1.5", Scaled(1, 1.5), 1.16, 70.28, 15333, 0.7573),
        new("width × 2", Scaled(1, 2), 2.06, 131.00, 25160, 0.7598),
        new("both × 0.5", Scaled(0.5, 0.5), 0.08, 4.85, 3149, 0.7189),
        new("both × 1.5", Scaled(1.5, 1.5), 1.62, 98.96, 19029, 0.7664),
        new("AdU-Net", PublishedArchitectures.ProstateAd, 0.53, 39.85, 12178, 0.7634),
        new("AwU-Net", PublishedArchitectures.ProstateAw, 0.80, 50.77, 14324, 0.7627),
        new("AdwU-Net", PublishedArchitectures.ProstateAdw, 1.01, 71.82, 15717, 0.7738),
    ];

    /// <summary>
    /// What a million is in this row's weights: 10^6, or 2^20, which the paper seems to use for some rows. The one that comes nearer to the printed figure.
    /// </summary>
    /// <param name="plan">The plan of Task05_Prostate.</param>
    public long WeightUnit(Plan plan)
    {
        const long million = 1_000_000;
        var weights = (double)NetworkCost.Of(Architecture, plan).Weights;
        return Math.Abs((weights / Binary) - MillionWeights) < Math.Abs((weights / million) - MillionWeights) ? Binary : million;
    }

    /// <summary>
    /// The operations of a forward pass on one patch as the paper seems to count them, for every row comes out as printed: one for a multiplication
    /// and an addition; a transposed convolution with its whole kernel at each voxel of its output (which its stride divides by the kernel's voxels in fact);
    /// four for each value that a norm normalizes. The paper does not say how it counts; profilers such as thop treat transposed convolutions so.
    /// </summary>
    /// <param name="plan">The plan of Task05_Prostate, or of another task.</param>
    public double CountOperations(Plan plan)
    {
        const int ofNorm = 4;
        var blocks = NetworkCost.Of(Architecture, plan with { BatchSize = 1 }).Blocks;
        return blocks.Select((block, index) => block.Layers.Sum(layer =>
        {
            var products = layer.ForwardFlops / 2.0;
            if (layer.Name.StartsWith("tu.", StringComparison.Ordinal))
                return products * plan.PoolKernels[blocks.Count - 1 - index].Count;
            return layer.Name.StartsWith("seg_outputs.", StringComparison.Ordinal)
                ? products
                : products + (ofNorm * (double)layer.OutputWidth * layer.OutputShape.Count);
        })).Sum();
    }

    private static Architecture Scaled(double depth, double width) => PublishedArchitectures.Scaled(Poolings, depth, width);
}

using AdwUNet.Imaging;

namespace AdwUNet.Planning;

/// <summary>The planner's settings; the defaults are those of nnU-Net v1's <c>ExperimentPlanner3D_v21</c>.</summary>
public sealed record PlannerOptions
{
    /// <summary>
    /// What <see cref="MemoryEstimate"/> may be at most: nnU-Net v1's 520,000,000 (11 GB at 30 features and batch 2) scaled to 32 features.
    /// </summary>
    public double MemoryBudget { get; init; } = 520_000_000.0 * 32 / 30;

    /// <summary>
    /// What <see cref="StepEstimate.Seconds"/> may be at most: the duration of a training step at 100 GFLOP/s. No limit when null, as in nnU-Net v1.
    /// </summary>
    public double? StepSeconds { get; init; }

    /// <summary>Features of the first stage in the memory estimate (nnU-Net v1).</summary>
    public int BaseFeatures { get; init; } = 32;

    /// <summary>Features at which the memory estimate stops doubling (nnU-Net v1).</summary>
    public int MaxFeatures { get; init; } = 320;

    /// <summary>Convolutions per stage in the memory estimate (nnU-Net v1).</summary>
    public int ConvolutionsPerStage { get; init; } = 2;

    /// <summary>Smallest edge of the bottleneck's feature maps (nnU-Net v1).</summary>
    public int MinFeatureMapEdge { get; init; } = 4;

    /// <summary>Most poolings of one axis; nnU-Net v1 has no limit.</summary>
    public int MaxPooling { get; init; } = 999;

    /// <summary>The batch size that the budget is made for (nnU-Net v1).</summary>
    public int ReferenceBatchSize { get; init; } = 2;

    /// <summary>Smallest batch size (nnU-Net v1).</summary>
    public int MinBatchSize { get; init; } = 2;

    /// <summary>The share of all training voxels that one batch may hold (nnU-Net v1).</summary>
    public double MaxBatchShare { get; init; } = 0.05;

    /// <summary>The percentile of the spacings that becomes the target (nnU-Net v1: the median).</summary>
    public double SpacingPercentile { get; init; } = 50;

    /// <summary>The percentile for a coarse axis with few slices (nnU-Net v1).</summary>
    public double CoarseSpacingPercentile { get; init; } = 10;

    /// <summary>From which ratio on spacings and sizes count as anisotropic (nnU-Net v1).</summary>
    public double AnisotropyThreshold { get; init; } = 3;

    /// <summary>Edge in millimetres of the patch that planning starts from (nnU-Net v1).</summary>
    public double InitialPatchEdge { get; init; } = 512;

    /// <summary>How many patches the median case must hold before there is a low-resolution stage too (nnU-Net v1).</summary>
    public double LowResolutionThreshold { get; init; } = 4;

    /// <summary>The step by which the low-resolution stage's spacing grows (nnU-Net v1).</summary>
    public double LowResolutionStep { get; init; } = 1.01;

    /// <summary>Median share of voxels left by cropping below which normalisation uses non-zero voxels only (nnU-Net v1).</summary>
    public double MaskedNormalizationThreshold { get; init; } = 0.75;

    /// <summary>A patch size (after the axis order) in place of the planner's; padded to what its poolings divide.</summary>
    public Shape3? PatchSize { get; init; }

    /// <summary>A batch size in place of the planner's.</summary>
    public int? BatchSize { get; init; }
}

using AdwUNet.Imaging;

namespace AdwUNet.Sampling;

/// <summary>How patches are drawn; the defaults are nnU-Net v1's, without augmentation.</summary>
public sealed record SamplingOptions
{
    /// <summary>
    /// The share of a batch, rounded, whose patches must be centred on foreground: the last samples of the batch are
    /// (nnU-Net v1's <c>oversample_foreground_percent</c>).
    /// </summary>
    public double ForegroundFraction { get; init; } = 0.33;

    /// <summary>What changes the patches at random; null for none, as in validation.</summary>
    public AugmentationOptions? Augmentation { get; init; }

    /// <summary>Patches per batch instead of the plan's.</summary>
    public int? BatchSize { get; init; }

    /// <summary>Size of a patch instead of the plan's; divisible by the plan's cumulative pool kernels.</summary>
    public Shape3? PatchSize { get; init; }
}

namespace AdwUNet.Augmentation;

/// <summary>
/// The random changes of a training patch, in the order in which they are applied; null leaves one out. The defaults are
/// those of nnU-Net v1's trainer V2 (<c>get_moreDA_augmentation</c>), which has no elastic deformation.
/// </summary>
public sealed record AugmentationOptions
{
    /// <summary>Everything nnU-Net v1 does.</summary>
    public static AugmentationOptions Default { get; } = new();

    /// <summary>Nothing: patches are as the cases are.</summary>
    public static AugmentationOptions None { get; } = new()
    {
        Spatial = null,
        GaussianNoise = null,
        GaussianBlur = null,
        Brightness = null,
        Contrast = null,
        LowResolution = null,
        InvertedGamma = null,
        Gamma = null,
        Mirror = null,
    };

    /// <summary>Rotation and scaling.</summary>
    public SpatialTransform? Spatial { get; init; } = new();

    /// <summary>Additive noise.</summary>
    public GaussianNoiseTransform? GaussianNoise { get; init; } = new();

    /// <summary>Blur.</summary>
    public GaussianBlurTransform? GaussianBlur { get; init; } = new();

    /// <summary>Multiplicative brightness.</summary>
    public BrightnessTransform? Brightness { get; init; } = new();

    /// <summary>Contrast within the range of the patch.</summary>
    public ContrastTransform? Contrast { get; init; } = new();

    /// <summary>A simulated coarser scan.</summary>
    public LowResolutionTransform? LowResolution { get; init; } = new();

    /// <summary>Gamma of the inverted image.</summary>
    public GammaTransform? InvertedGamma { get; init; } = new() { Probability = 0.1, Inverted = true };

    /// <summary>Gamma.</summary>
    public GammaTransform? Gamma { get; init; } = new();

    /// <summary>Mirroring.</summary>
    public MirrorTransform? Mirror { get; init; } = new();
}

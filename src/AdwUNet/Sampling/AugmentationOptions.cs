namespace AdwUNet.Sampling;

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
        Mirror = null,
    };

    /// <summary>Mirroring.</summary>
    public MirrorTransform? Mirror { get; init; } = new();
}

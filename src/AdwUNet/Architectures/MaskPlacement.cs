namespace AdwUNet.Architectures;

/// <summary>Where an adaptive width unit multiplies its channels by the width mask.</summary>
public enum MaskPlacement
{
    /// <summary>
    /// Between convolution and instance norm: the published place. The norm divides each channel by its own standard deviation,
    /// so that almost nothing of the mask is left in the output.
    /// </summary>
    BeforeNorm,

    /// <summary>After norm and activation (FBNetV2's place): a channel whose mask is 0 really emits 0.</summary>
    AfterActivation,
}

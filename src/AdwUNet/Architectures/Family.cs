namespace AdwUNet.Architectures;

/// <summary>Which of a U-Net's sizes the search adapts (paper section 3).</summary>
public enum Family
{
    /// <summary>Depth and width: AdwU-Net.</summary>
    AdwUNet,

    /// <summary>Width only, two convolutions a block: AwU-Net.</summary>
    AwUNet,

    /// <summary>Depth only, nnU-Net's widths: AdU-Net.</summary>
    AdUNet,
}

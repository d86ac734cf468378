namespace AdwUNet.Architectures;

/// <summary>The architectures that the authors published (network definitions in their repository), and nnU-Net's, with which they compare.</summary>
public static class PublishedArchitectures
{
    /// <summary>AdwU-Net for Task01_BrainTumour.</summary>
    public static Architecture BrainTumourAdw { get; } = Architecture.Parse(
        "[[48,48,48],[96,96],[192,192],[384,384],[320,384,320],[384,384,384],[384,384,384],[384,384,384],[192,192],[96,96],[40,40]]");

    /// <summary>AdwU-Net for Task02_Heart.</summary>
    public static Architecture HeartAdw { get; } = Architecture.Parse(
        "[[48,48],[80,80,96],[192,192],[384],[256,256,320],[384,128,320],[256,384],[384,320],[160,192],[80,80],[24]]");

    /// <summary>AdwU-Net for Task05_Prostate.</summary>
    public static Architecture ProstateAdw { get; } = Architecture.Parse(
        "[[48,32,32],[80,96],[192,192,192],[384,256],[384,320,384],[320,384],[384,256,384],[384,384,384],[256,320,384],[384,320,320],[192],[48],[48,48,16]]");

    /// <summary>AdwU-Net for Task07_Pancreas.</summary>
    public static Architecture PancreasAdw { get; } = Architecture.Parse(
        "[[48,48,48],[96,96,96],[192,192,192],[384,384,384],[320,256,320],[384,320,384],[384,384],[320,320,384],[192,192,192],[96,96,80],[48,32,40]]");

    /// <summary>AwU-Net for Task05_Prostate.</summary>
    public static Architecture ProstateAw { get; } = Architecture.Parse(
        "[[32,40],[96,96],[160,160],[384,256],[384,192],[192,384],[384,384],[384,384],[384,384],[320,384],[192,64],[96,32],[48,24]]",
        Family.AwUNet);

    /// <summary>AdU-Net for Task05_Prostate.</summary>
    public static Architecture ProstateAd { get; } = Architecture.Parse("[2,2,3,2,1,1,3,1,3,2,1,1,3]");

    /// <summary>nnU-Net v1's network: two convolutions per block, widths that double up to a maximum (paper section 4.1).</summary>
    /// <param name="poolCount">P, the number of poolings.</param>
    /// <param name="space">The space that gives the widths; that of nnU-Net, 32 doubling to 320, when null.</param>
    public static Architecture NnUNet(int poolCount, SearchSpace? space = null) => Scaled(poolCount, depth: 1, width: 1, space);

    /// <summary>
    /// nnU-Net's network scaled by hand (paper, Table 5): twice <paramref name="depth"/> convolutions per block, 32 times <paramref name="width"/> channels that double
    /// up to 8 times as many (up to 320 at width 1). The paper does not state these maxima; they are those that give the weights of Table 5.
    /// </summary>
    /// <param name="poolCount">P, the number of poolings.</param>
    /// <param name="depth">The factor of the depth; 0.5, 1, 1.5 and 2 in the paper.</param>
    /// <param name="width">The factor of the width; 0.5, 1, 1.5 and 2 in the paper.</param>
    /// <param name="space">The space that gives the widths at factor 1; that of nnU-Net, 32 doubling to 320, when null.</param>
    /// <exception cref="ArchitectureException">A factor does not give a whole number of at least one convolution or channel.</exception>
    public static Architecture Scaled(int poolCount, double depth, double width, SearchSpace? space = null)
    {
        const int nnUNetDepth = 2, doublings = 8;
        space ??= SearchSpace.Published(Family.AdUNet);
        var (convolutions, channels) = (nnUNetDepth * depth, space.BaseWidth * width);
        if (!(convolutions is >= 1 and <= 1000 && double.IsInteger(convolutions) && channels is >= 1 and <= 1e6 && double.IsInteger(channels)))
            throw new ArchitectureException($"{convolutions} convolutions per block and {channels} channels cannot be built; choose factors that give whole numbers.");
        var scaled = width == 1 ? space : space with { BaseWidth = (int)channels, MaxWidth = doublings * (int)channels };
        return Architecture.FromWidths([.. scaled.BlockWidths(poolCount).Select(w => (IReadOnlyList<int>)[.. Enumerable.Repeat(w, (int)convolutions)])]);
    }

    /// <summary>All published architectures by name, such as <c>Task02_Heart/AdwUNet</c>.</summary>
    public static IReadOnlyDictionary<string, Architecture> All { get; } = new Dictionary<string, Architecture>
    {
        ["Task01_BrainTumour/AdwUNet"] = BrainTumourAdw,
        ["Task02_Heart/AdwUNet"] = HeartAdw,
        ["Task05_Prostate/AdwUNet"] = ProstateAdw,
        ["Task07_Pancreas/AdwUNet"] = PancreasAdw,
        ["Task05_Prostate/AwUNet"] = ProstateAw,
        ["Task05_Prostate/AdUNet"] = ProstateAd,
    };
}

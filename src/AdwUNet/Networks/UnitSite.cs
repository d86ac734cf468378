using AdwUNet.Architectures;
using AdwUNet.Imaging;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace AdwUNet.Networks;

/// <summary>The place of a convolution unit in a network: its input, its convolution and its choice of width.</summary>
/// <param name="Name">The full parameter name, such as <c>conv_blocks_context.0.block1</c>.</param>
/// <param name="InputWidth">Number of input channels.</param>
/// <param name="Width">Number of output channels; the largest option where the width is searched.</param>
/// <param name="Kernel">The kernel of the convolution.</param>
/// <param name="Stride">The stride of the convolution.</param>
public sealed record UnitSite(string Name, int InputWidth, int Width, Shape3 Kernel, Shape3 Stride)
{
    /// <summary>The widths to choose from, ascending; one where the width is fixed.</summary>
    public IReadOnlyList<int> WidthOptions { get; init; } = [Width];

    /// <summary>The choice among <see cref="WidthOptions"/>; null where the width is fixed.</summary>
    public RelaxedChoice? Choice { get; init; }

    /// <summary>Where the search space places the width mask.</summary>
    public MaskPlacement MaskPlacement { get; init; }

    /// <summary>The convolutions that the site made; the network draws their initial weights.</summary>
    internal ICollection<Conv3d> Made { get; } = [];

    /// <summary>
    /// Makes the convolution of the site. It keeps the size at stride 1: kernel 3 is padded by 1, kernel 1 by 0. The network draws its initial weights
    /// as nnU-Net does. Modules that a unit makes itself keep the initial weights that the unit gave them.
    /// </summary>
    public Conv3d Convolution()
    {
        var convolution = Conv3d(
            InputWidth,
            Width,
            (Kernel.Z, Kernel.Y, Kernel.X),
            (Stride.Z, Stride.Y, Stride.X),
            (Kernel.Z / 2, Kernel.Y / 2, Kernel.X / 2));
        Made.Add(convolution);
        return convolution;
    }

    /// <summary>Makes the instance norm of the site.</summary>
    public InstanceNormalization Norm() => new(Width);
}

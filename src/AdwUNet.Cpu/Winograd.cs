using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AdwUNet.Cpu;

/// <summary>
/// Winograd's minimal filtering F(2, 3). Along one axis, it computes two neighbouring outputs of a kernel of three taps by four products instead of
/// six; along two axes, 2×2 outputs by 16 products instead of 36. Forward and backward-data passes use it along y and x, backward-weights passes
/// along x. Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, CVPR 2016, section 4.1.
/// </summary>
/// <remarks>
/// For voxels d and filter taps g, each with all channels, the products are
/// m0 = (d0 − d2) g0, m1 = (d1 + d2) (g0 + g1 + g2) / 2, m2 = (d2 − d1) (g0 − g1 + g2) / 2, m3 = (d1 − d3) g2;
/// the outputs are m0 + m1 + m2 and m1 − m2 − m3. The backward-weights pass uses the transposed transforms.
/// </remarks>
internal static class Winograd
{
    /// <summary>Products for a pair of outputs along one axis.</summary>
    public const int Products = 4;

    /// <summary>Products for 2×2 outputs.</summary>
    public const int Products2D = Products * Products;

    private const int Taps = 3;
    private const int MinChannels = 8; // with fewer channels, the transforms take longer than the saved products
    private const int MinWidth = 4; // in a row of 3, half a pair is unused: a third of the outputs

    /// <summary>Pairs of outputs in a row.</summary>
    public static int Pairs(int width) => (width + 1) / 2;

    /// <summary>Whether the filtering along x can compute a convolution and is faster.</summary>
    /// <param name="shape">The convolution.</param>
    /// <param name="perStep">Values in one step of a <see cref="TileKernel"/>.</param>
    public static bool Supports(ConvolutionShape shape, int perStep) =>
        shape.Kernel.X == Taps && shape.Stride.Count == 1 && shape.Coarse.X >= MinWidth && shape.Fine.X >= MinWidth
        && Math.Min(shape.FineChannels, shape.CoarseChannels) >= MinChannels
        && shape.FineChannels % perStep == 0 && shape.CoarseChannels % perStep == 0;

    /// <summary>
    /// Whether the filtering along y and x can compute a convolution and is faster. Forward and backward-data passes use both axes or none.
    /// </summary>
    /// <param name="shape">The convolution.</param>
    /// <param name="perStep">Values in one step of a <see cref="TileKernel"/>.</param>
    public static bool Supports2D(ConvolutionShape shape, int perStep) =>
        Supports(shape, perStep) && shape.Kernel.Y == Taps && shape.Coarse.Y >= MinWidth && shape.Fine.Y >= MinWidth;

    /// <summary>Filter transform of three taps along one axis: G g.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<float> G0, Vector512<float> G1, Vector512<float> G2, Vector512<float> G3) TransformFilter(
        Vector512<float> first, Vector512<float> second, Vector512<float> third)
    {
        var (ends, middle) = ((first * 0.5f) + (third * 0.5f), second * 0.5f);
        return (first, ends + middle, ends - middle, third);
    }

    /// <summary>Gradients of the three taps, from the sums of the four products: the transpose of the filter transform.</summary>
    public static (Vector512<float> First, Vector512<float> Second, Vector512<float> Third) FilterGradient(
        Vector512<float> s0, Vector512<float> s1, Vector512<float> s2, Vector512<float> s3)
    {
        var half = (s1 + s2) * 0.5f;
        return (s0 + half, (s1 - s2) * 0.5f, half + s3);
    }
}

using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Mixed;

/// <summary>
/// The loss scale of float16: a power of two for each gradient that enters a convolution, computed on the device. It brings the norm of the gradient
/// near 8. No state, no step that is repeated, and nothing that the host reads.
/// </summary>
/// <remarks>
/// The gradient of one weight is at most the norm of the gradient times that of one channel of activations, which is about √voxels behind a norm:
/// 8 · √voxels is below the largest float16, 65504, for up to 67 million voxels. Gradients down to 2⁻²⁷ of the norm do not underflow.
/// </remarks>
internal static class LossScale
{
    private static readonly Scalar LogOfNorm = 3; // 2³
    private static readonly Scalar Least = 1e-30;

    /// <summary>The scale, a tensor of one value; NaN or 0 for a gradient that is not finite.</summary>
    public static Tensor Of(Tensor gradient)
    {
        using var scope = NewDisposeScope();
        var exponent = gradient.norm().clamp_min(Least).log2().floor();
        return exponent.neg().add_(LogOfNorm).exp2().MoveToOuterDisposeScope();
    }
}

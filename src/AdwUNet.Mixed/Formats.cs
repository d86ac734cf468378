using AdwUNet.Networks;
using static TorchSharp.torch;

namespace AdwUNet.Mixed;

/// <summary>The number formats of a pass.</summary>
/// <param name="Low">Of the activations that are kept, and of convolutions.</param>
/// <param name="Wide">Of norms, sums, logits and the loss.</param>
internal sealed record Formats(ScalarType Low, ScalarType Wide)
{
    /// <summary>
    /// Of gradients between layers. Those of float16 would underflow: each convolution scales them, and the result is kept unscaled in the wide type.
    /// </summary>
    public ScalarType Gradient { get; init; } = Low == ScalarType.Float16 ? Wide : Low;

    /// <summary>Whether the channels of a voxel lie side by side in memory (NDHWC); else apart (NCDHW). All else follows the image and the gradients.</summary>
    public bool ChannelsLast { get; init; }

    /// <summary>The formats of a precision.</summary>
    public static Formats Of(Precision precision) => new(
        precision switch { Precision.BFloat16 => ScalarType.BFloat16, Precision.Float16 => ScalarType.Float16, _ => ScalarType.Float32 }, ScalarType.Float32);

    /// <summary>A feature map [N, C, D, H, W] in this layout; it shares memory where it has it already. It belongs to the caller's dispose scope.</summary>
    public Tensor Laid(Tensor map)
    {
        using var scope = NewDisposeScope();
        var last = map.permute(0, 2, 3, 4, 1);
        // TorchSharp has no memory formats: the strides make one. The two views set them for a single channel, too, which contiguous() would leave as it is.
        return (ChannelsLast ? last.flatten().view(last.shape).permute(0, 4, 1, 2, 3) : map.contiguous()).MoveToOuterDisposeScope();
    }
}

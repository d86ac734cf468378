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

    /// <summary>The formats of a precision.</summary>
    public static Formats Of(Precision precision) => new(
        precision switch { Precision.BFloat16 => ScalarType.BFloat16, Precision.Float16 => ScalarType.Float16, _ => ScalarType.Float32 }, ScalarType.Float32);
}

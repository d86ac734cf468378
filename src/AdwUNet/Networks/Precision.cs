using System.Text.Json.Serialization;

namespace AdwUNet.Networks;

/// <summary>The precision of a network's activations. Weights and logits are float32 in all cases.</summary>
public enum Precision
{
    /// <summary>float32.</summary>
    Float32,

    /// <summary>
    /// bfloat16 for the activations between layers. Sums, statistics of norms, weights and loss stay float32. If the device has no instruction for it
    /// (AVX512-BF16), float32 is used.
    /// </summary>
    [JsonStringEnumMemberName("bfloat16")]
    BFloat16,

    /// <summary>bfloat16 if the device multiplies it faster than float32, which is measured once per process; else float32.</summary>
    Auto,
}

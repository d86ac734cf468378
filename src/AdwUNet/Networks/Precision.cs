using System.Text.Json.Serialization;

namespace AdwUNet.Networks;

/// <summary>The precision of a network's activations. Weights and logits are float32 in all cases.</summary>
public enum Precision
{
    /// <summary>float32.</summary>
    Float32,

    /// <summary>bfloat16 between layers; sums, norms, weights and loss stay float32. float32 on CPUs without AVX512-BF16 and GPUs below 8.0.</summary>
    [JsonStringEnumMemberName("bfloat16")]
    BFloat16,

    /// <summary>
    /// On a CPU, bfloat16 if the processor multiplies it faster than float32, which is measured once per process; else float32. On a GPU, bfloat16 from
    /// compute capability 8.0, float16 from 7.0, else float32.
    /// </summary>
    Auto,

    /// <summary>float16 in the place of <see cref="BFloat16"/>, with a loss scale for each layer. On a CPU, float32 is used.</summary>
    [JsonStringEnumMemberName("float16")]
    Float16,
}

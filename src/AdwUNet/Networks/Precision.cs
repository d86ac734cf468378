using System.Text.Json.Serialization;

namespace AdwUNet.Networks;

/// <summary>How exactly a network computes between its weights and its logits, which are float32 in any case.</summary>
public enum Precision
{
    /// <summary>float32 throughout.</summary>
    Float32,

    /// <summary>
    /// bfloat16 for what passes between layers; sums, statistics of norms, weights and loss stay float32. Where the device has
    /// no instruction for it (AVX512-BF16), float32 takes its place.
    /// </summary>
    [JsonStringEnumMemberName("bfloat16")]
    BFloat16,

    /// <summary>bfloat16 where the device multiplies it faster than float32, which is measured once in a process; else float32.</summary>
    Auto,
}

using System.Text.Json.Serialization;

namespace AdwUNet.Networks;

/// <summary>How exactly a network computes between its weights and its logits, which are float32 in any case.</summary>
public enum Precision
{
    /// <summary>float32 throughout.</summary>
    Float32,

    /// <summary>
    /// bfloat16 for what passes between layers; sums, statistics of norms, weights and loss stay float32. Where the device does not
    /// multiply bfloat16 fast, float32 takes its place.
    /// </summary>
    [JsonStringEnumMemberName("bfloat16")]
    BFloat16,

    /// <summary>bfloat16 where the device multiplies it fast, else float32.</summary>
    Auto,
}

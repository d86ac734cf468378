namespace AdwUNet.Networks;

/// <summary>How exactly a network computes between its float32 weights and its float32 logits.</summary>
public enum Precision
{
    /// <summary>bfloat16 where the device multiplies it fast, else float32.</summary>
    Auto,

    /// <summary>float32 throughout.</summary>
    Float32,

    /// <summary>bfloat16 for what passes between layers; sums, statistics of norms, weights and loss stay float32.</summary>
    BFloat16,
}

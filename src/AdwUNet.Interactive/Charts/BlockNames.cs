namespace AdwUNet.Interactive;

/// <summary>Where a block stands in the U: blocks are numbered encoder stages 0..P, then decoder stages 0..P−1, coarse to fine.</summary>
internal static class BlockNames
{
    /// <summary>A name for readers.</summary>
    /// <param name="block">0-based index among all blocks.</param>
    /// <param name="pools">The number of poolings, P.</param>
    public static string Of(int block, int pools) =>
        block < pools ? $"encoder {block}"
        : block == pools ? (pools == 0 ? "encoder 0" : $"bottleneck (encoder {block})")
        : $"decoder {block - pools - 1}";

    /// <summary>The resolution level, 0 the finest.</summary>
    public static int Level(int block, int pools) => block <= pools ? block : (2 * pools) - block;
}

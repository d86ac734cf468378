namespace AdwUNet.Interactive;

/// <summary>
/// Names blocks by resolution: <c>encoder 0</c> and <c>decoder 0</c> have the full resolution, <c>encoder 1</c> and <c>decoder 1</c> the next coarser
/// one, and the bottleneck the coarsest.
/// </summary>
internal static class BlockNames
{
    /// <summary>A block's name.</summary>
    /// <param name="block">0-based index among all blocks: encoder from fine to coarse, bottleneck, decoder from coarse to fine.</param>
    /// <param name="pools">The number of poolings, P.</param>
    public static string Of(int block, int pools) =>
        block < pools ? $"encoder {block}"
        : block == pools ? (pools == 0 ? "encoder 0" : "bottleneck")
        : $"decoder {Level(block, pools)}";

    /// <summary>The resolution level, 0 the finest.</summary>
    public static int Level(int block, int pools) => block <= pools ? block : (2 * pools) - block;
}

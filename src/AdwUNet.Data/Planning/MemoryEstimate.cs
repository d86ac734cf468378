using AdwUNet.Imaging;

namespace AdwUNet.Planning;

/// <summary>
/// A number that grows with the memory of training a U-Net on one patch (nnU-Net v1's <c>compute_approx_vram_consumption</c>): the
/// values of all feature maps, encoder and decoder.
/// </summary>
internal static class MemoryEstimate
{
    public static long Of(NetworkTopology network, int modalities, int classes, PlannerOptions options)
    {
        // Encoder and decoder convolutions of a level, and the up-sampled map; the bottleneck has no decoder.
        var mapsPerLevel = (2 * options.ConvolutionsPerStage) + 1;
        var size = network.PatchSize;
        var features = options.BaseFeatures;
        var estimate = ((long)mapsPerLevel * size.Count * features) + ((modalities + classes) * size.Count);
        for (var level = 0; level < network.PoolKernels.Count; level++)
        {
            var pool = network.PoolKernels[level];
            size = new Shape3(size.Z / pool.Z, size.Y / pool.Y, size.X / pool.X);
            features = Math.Min(features * 2, options.MaxFeatures);
            var maps = level < network.PoolKernels.Count - 1 ? mapsPerLevel : options.ConvolutionsPerStage;
            estimate += maps * size.Count * features;
        }

        return estimate;
    }
}

using static TorchSharp.torch;

namespace AdwUNet.Mixed;

/// <summary>
/// Parts of a feature map, by channels, whose values are computed one after the other: values in the wide type never take the memory of a whole
/// feature map. A small feature map is one part.
/// </summary>
internal static class Chunks
{
    /// <summary>Values of a part: 64 MiB in float32, large enough that a GPU is busy for longer than a kernel takes to start.</summary>
    public const long DefaultValues = 1 << 24;

    /// <summary>The parts of a feature map [N, C, D, H, W].</summary>
    /// <param name="map">The feature map.</param>
    /// <param name="values">Values of a part, at most; a channel is never divided.</param>
    public static IEnumerable<(long First, long Count)> Of(Tensor map, long values)
    {
        var channels = map.shape[1];
        var count = Math.Clamp(values / Math.Max(1, map.numel() / channels), 1, channels);
        for (var first = 0L; first < channels; first += count)
        {
            yield return (first, Math.Min(count, channels - first));
        }
    }

    /// <summary>A part of a tensor [N, C, ...]. It shares memory with the tensor.</summary>
    public static Tensor Part(this Tensor map, (long First, long Count) chunk) => map.narrow(1, chunk.First, chunk.Count);
}

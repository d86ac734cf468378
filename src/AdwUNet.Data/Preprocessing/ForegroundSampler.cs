using AdwUNet.Planning;

namespace AdwUNet.Preprocessing;

/// <summary>Draws the foreground voxels on which sampling may centre a patch (nnU-Net v1's <c>class_locations</c>).</summary>
internal static class ForegroundSampler
{
    /// <summary>Offsets of voxels per foreground class that is present.</summary>
    public static SortedDictionary<int, int[]> Draw(ReadOnlySpan<short> labels, int classes, PreprocessingOptions options)
    {
        var all = new List<int>?[classes];
        for (var i = 0; i < labels.Length; i++)
        {
            if (labels[i] > 0)
            {
                (all[labels[i]] ??= []).Add(i);
            }
        }

        var random = new NumpyRandomState(options.Seed);
        var drawn = new SortedDictionary<int, int[]>();
        for (var c = 1; c < classes; c++)
        {
            if (all[c] is { } voxels)
            {
                var count = Math.Max(
                    Math.Min(options.ForegroundVoxels, voxels.Count),
                    (int)Math.Ceiling(voxels.Count * options.MinForegroundShare));
                drawn[c] = Array.ConvertAll(random.Choice(voxels.Count, count), i => voxels[i]);
            }
        }

        return drawn;
    }
}

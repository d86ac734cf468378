using AdwUNet.Planning;

namespace AdwUNet.Preprocessing;

/// <summary>Draws the voxels on which sampling may centre a patch (nnU-Net v1's <c>class_locations</c>).</summary>
internal static class ForegroundSampler
{
    /// <summary>The key of the voxels that have any label, in a dataset in which others are ignored.</summary>
    public const int Annotated = 0;

    /// <summary>
    /// Offsets of voxels per foreground class that is present, or per region (1 = the first); with an ignore label also those of all voxels
    /// that are not ignored, as nnU-Net v2 does.
    /// </summary>
    public static SortedDictionary<int, int[]> Draw(ReadOnlySpan<short> labels, int classes, LabelScheme? scheme, PreprocessingOptions options)
    {
        var (keys, ignore) = (KeysByLabel(classes, scheme), scheme?.IgnoreLabel);
        var all = new List<int>?[Math.Max(classes, (scheme?.Regions.Count ?? 0) + 1)];
        for (var i = 0; i < labels.Length; i++)
        {
            var label = labels[i];
            if (label > 0 && label != ignore)
            {
                foreach (var key in keys[label]) Add(key, i);
            }

            if (ignore is not null && label != ignore && label >= 0) Add(Annotated, i);
        }

        // Annotated voxels come last, so that the draws of classes do not depend on them.
        var random = new NumpyRandomState(options.Seed);
        var drawn = new SortedDictionary<int, int[]>();
        foreach (var key in Enumerable.Range(1, all.Length - 1).Append(Annotated))
        {
            if (all[key] is not { } voxels) continue;
            var count = Math.Max(
                Math.Min(options.ForegroundVoxels, voxels.Count),
                (int)Math.Ceiling(voxels.Count * options.MinForegroundShare));
            drawn[key] = Array.ConvertAll(random.Choice(voxels.Count, count), i => voxels[i]);
        }

        return drawn;

        void Add(int key, int voxel) => (all[key] ??= []).Add(voxel);
    }

    /// <summary>The classes or regions that each label belongs to.</summary>
    private static int[][] KeysByLabel(int classes, LabelScheme? scheme) => [.. Enumerable.Range(0, classes).Select(label =>
        scheme is { Regions.Count: > 0 }
            ? Enumerable.Range(1, scheme.Regions.Count).Where(key => scheme.Regions[key - 1].Labels.Contains(label)).ToArray()
            : [label])];
}

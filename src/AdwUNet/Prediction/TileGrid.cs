using AdwUNet.Imaging;

namespace AdwUNet.Prediction;

/// <summary>The positions of the tiles of a sliding window (nnU-Net v1, <c>_compute_steps_for_sliding_window</c>).</summary>
internal static class TileGrid
{
    /// <summary>The first voxel of every tile along one axis: evenly spaced; the first at 0, the last at the border.</summary>
    /// <param name="patch">Voxels of a tile, at most <paramref name="image"/>.</param>
    /// <param name="image">Voxels of the image.</param>
    /// <param name="stepSize">Largest step as a fraction of the patch.</param>
    public static int[] Steps(int patch, int image, double stepSize)
    {
        var last = image - patch;
        var count = (int)Math.Ceiling(last / (patch * stepSize)) + 1;
        var step = count > 1 ? last / (double)(count - 1) : 0;

        // NumPy rounds half to even, as Math.Round does.
        return [.. Enumerable.Range(0, count).Select(index => (int)Math.Round(step * index))];
    }

    /// <summary>The first voxel of every tile, z slowest.</summary>
    public static IReadOnlyList<Shape3> Origins(Shape3 patch, Shape3 image, double stepSize)
    {
        var ys = Steps(patch.Y, image.Y, stepSize);
        var xs = Steps(patch.X, image.X, stepSize);
        return
        [
            .. from z in Steps(patch.Z, image.Z, stepSize)
               from y in ys
               from x in xs
               select new Shape3(z, y, x),
        ];
    }
}

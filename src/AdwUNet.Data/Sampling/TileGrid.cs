using AdwUNet.Imaging;

namespace AdwUNet.Sampling;

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

/// <summary>The padding of an image that is smaller than a patch (nnU-Net v1, <c>pad_nd_image</c>).</summary>
/// <param name="Before">Voxels added before the image on each axis.</param>
/// <param name="Shape">The padded size.</param>
internal readonly record struct PatchPadding(Shape3 Before, Shape3 Shape)
{
    /// <summary>Pads to at least the size of the patch. The image is centred; an odd voxel is added after it.</summary>
    public static PatchPadding For(Shape3 image, Shape3 patch)
    {
        var padding = new PatchPadding(default, image);
        for (var axis = 0; axis < 3; axis++)
        {
            var missing = Math.Max(0, patch[axis] - image[axis]);
            padding = new(padding.Before.With(axis, missing / 2), padding.Shape.With(axis, image[axis] + missing));
        }

        return padding;
    }
}

using AdwUNet.Imaging;

namespace AdwUNet.Prediction;

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

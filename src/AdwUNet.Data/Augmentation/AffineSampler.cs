using AdwUNet.Imaging;

namespace AdwUNet.Augmentation;

/// <summary>Reads a rotated and scaled patch from a case. Not thread-safe, because it keeps scratch memory.</summary>
/// <remarks>
/// The part of the volume that the patch covers is copied with a margin of outside values (0 and −1), in which the spline decays. It is
/// filtered once and then sampled. Samples beyond the margin get the outside value without interpolation.
/// </remarks>
/// <param name="ignore">The label of voxels of which nothing is known; null where there is none.</param>
internal sealed class AffineSampler(short? ignore = null)
{
    private float[] _image = [];
    private short[] _labels = [];

    /// <summary>Fills a patch.</summary>
    /// <param name="location">The case, and where the patch would lie if it were neither rotated nor scaled.</param>
    /// <param name="patch">Size of the patch.</param>
    /// <param name="affine">The map about the patch's centre.</param>
    /// <param name="interpolation">How intensities between voxels are computed.</param>
    /// <param name="image">(channel, z, y, x).</param>
    /// <param name="labels">(z, y, x).</param>
    public void Sample(
        PatchLocation location,
        Shape3 patch,
        in Affine affine,
        ImageInterpolation interpolation,
        Span<float> image,
        Span<short> labels)
    {
        var size = location.Case.Shape;
        var (origin, region) = Region(location.Origin, patch, size, affine);
        var voxels = checked((int)region.Count);
        if (voxels == 0)
        {
            image.Clear();
            labels.Fill(PatchReader.Outside);
            return;
        }

        Reserve(voxels);
        var path = new SamplePath(affine, location.Origin, origin, patch);
        PatchReader.Copy(location.Case.Labels, size, origin, _labels.AsSpan(0, voxels), region, PatchReader.Outside);
        LabelVote.Sample(_labels.AsSpan(0, voxels), region, path, labels, ignore);

        var channelVoxels = checked((int)size.Count);
        var patchVoxels = labels.Length;
        for (var channel = 0; channel < location.Case.Channels; channel++)
        {
            var source = _image.AsSpan(0, voxels);
            var target = image.Slice(channel * patchVoxels, patchVoxels);
            PatchReader.Copy(location.Case.Image.Slice(channel * channelVoxels, channelVoxels), size, origin, source, region, 0f);
            if (interpolation == ImageInterpolation.Cubic)
            {
                CubicSpline.Filter(source, region, affine.IsInPlane ? 1 : 0);
                IntensityInterpolation.Cubic(source, region, path, target);
            }
            else
            {
                IntensityInterpolation.Linear(source, region, path, target);
            }
        }
    }

    /// <summary>The box that the patch touches, with the spline's support around, cut to the volume and its margin.</summary>
    private static (Shape3 Origin, Shape3 Shape) Region(Shape3 patchOrigin, Shape3 patch, Shape3 size, in Affine affine)
    {
        var origin = patchOrigin;
        var shape = patch;
        for (var axis = affine.IsInPlane ? 1 : 0; axis < 3; axis++)
        {
            var centre = patchOrigin[axis] + ((patch[axis] - 1) / 2.0);
            var reach = 0.0;
            for (var column = 0; column < 3; column++)
            {
                reach += Math.Abs(affine.Matrix[axis, column]) * (patch[column] - 1) / 2;
            }

            var low = Math.Max((int)Math.Floor(centre - reach), 0) - CubicSpline.Support;
            var high = Math.Min((int)Math.Ceiling(centre + reach), size[axis] - 1) + CubicSpline.Support;
            origin = origin.With(axis, low);
            shape = shape.With(axis, Math.Max(0, high - low + 1));
        }

        return (origin, shape);
    }

    private void Reserve(int voxels)
    {
        if (_image.Length < voxels)
        {
            _image = new float[voxels];
            _labels = new short[voxels];
        }
    }
}

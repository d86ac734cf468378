namespace AdwUNet.Imaging;

/// <summary>
/// Resampling to another spacing as nnU-Net v1 does it (<c>resample_data_or_seg</c>): images with cubic splines, labels by linear
/// interpolation of each class, and with a strongly anisotropic voxel the coarse axis by nearest neighbour.
/// </summary>
public static class Resampling
{
    /// <summary>Coarsest over finest spacing above which the coarse axis is resampled by itself (nnU-Net v1).</summary>
    public const double AnisotropyThreshold = 3;

    /// <summary>The number of voxels at another spacing, rounded half to even as NumPy does; at least 1 on every axis.</summary>
    /// <param name="shape">Voxels now.</param>
    /// <param name="from">Spacing now.</param>
    /// <param name="to">Spacing wanted.</param>
    public static Shape3 ShapeAt(Shape3 shape, Spacing3 from, Spacing3 to)
    {
        return new(Size(0), Size(1), Size(2));

        int Size(int axis) => Math.Max(1, checked((int)Math.Round(from[axis] / to[axis] * shape[axis], MidpointRounding.ToEven)));
    }

    /// <summary>
    /// The axis that is resampled by itself with nearest neighbour, or none: the only coarsest axis of the original spacing
    /// where that is anisotropic, else of the target spacing where that is.
    /// </summary>
    /// <param name="original">Spacing now.</param>
    /// <param name="target">Spacing wanted.</param>
    /// <returns>0 = z, 1 = y, 2 = x, or null.</returns>
    public static int? SeparateAxis(Spacing3 original, Spacing3 target)
    {
        if (IsAnisotropic(original))
        {
            return OnlyCoarsest(original);
        }

        return IsAnisotropic(target) ? OnlyCoarsest(target) : null;
    }

    /// <summary>Resizes one channel.</summary>
    /// <param name="image">Intensities in the order (z, y, x).</param>
    /// <param name="from">Their shape.</param>
    /// <param name="to">The shape wanted.</param>
    /// <param name="separateAxis">From <see cref="SeparateAxis"/>.</param>
    /// <param name="interpolation">Cubic for images, linear for probabilities.</param>
    /// <returns>A new array of the shape wanted, within the input's range.</returns>
    /// <exception cref="ArgumentException">The length does not fit the shape.</exception>
    public static float[] Resize(
        ReadOnlyMemory<float> image, Shape3 from, Shape3 to, int? separateAxis, Interpolation interpolation = Interpolation.Cubic)
    {
        var result = new float[checked((int)to.Count)];
        Resize(image, from, to, separateAxis, interpolation, result);
        return result;
    }

    /// <summary>Resizes one channel into existing memory.</summary>
    internal static void Resize(
        ReadOnlyMemory<float> image, Shape3 from, Shape3 to, int? separateAxis, Interpolation interpolation, Memory<float> target)
    {
        CheckLength(image.Length, from);
        Resize(new VolumeView<float>(image, from), to, separateAxis, interpolation, target);
    }

    /// <summary>Resizes a box of a volume.</summary>
    internal static void Resize(VolumeView<float> image, Shape3 to, int? separateAxis, Interpolation interpolation, Memory<float> target)
    {
        CheckLength(target.Length, to);
        var order = (int)interpolation;
        if (image.Shape == to)
        {
            image.CopyTo(target.Span);
        }
        else if (separateAxis is not { } axis)
        {
            ImageResizer.Resize(image, to, order, target);
        }
        else if (axis == 0)
        {
            ImageResizer.ResizeSlices(image, to, order, target);
        }
        else
        {
            CoarseFirst(image, to, axis, target, (turned, shape, result) => ImageResizer.ResizeSlices(turned, shape, order, result));
        }
    }

    /// <summary>Resizes a label map: every class as a 0/1 image, and set where that is at least a half; of two such classes the larger stays.</summary>
    /// <param name="labels">Classes in the order (z, y, x); −1 counts as a class.</param>
    /// <param name="from">Their shape.</param>
    /// <param name="to">The shape wanted.</param>
    /// <param name="separateAxis">From <see cref="SeparateAxis"/>.</param>
    /// <exception cref="ArgumentException">The length does not fit the shape.</exception>
    public static short[] ResizeLabels(ReadOnlyMemory<short> labels, Shape3 from, Shape3 to, int? separateAxis)
    {
        CheckLength(labels.Length, from);
        return ResizeLabels(new VolumeView<short>(labels, from), to, separateAxis);
    }

    /// <summary>
    /// Resizes a box of a label map. With an ignore label, a voxel without a class of at least a half is ignored where an ignored one takes
    /// part in it, so that no background is made up beside ignored voxels.
    /// </summary>
    internal static short[] ResizeLabels(VolumeView<short> labels, Shape3 to, int? separateAxis, short? ignore = null)
    {
        var result = new short[checked((int)to.Count)];
        if (labels.Shape == to)
        {
            labels.CopyTo(result);
        }
        else if (separateAxis is null or 0)
        {
            LabelResizer.Resize(labels, to, separateAxis == 0, result, ignore);
        }
        else
        {
            CoarseFirst(labels, to, separateAxis.Value, result, (turned, shape, part) =>
                LabelResizer.Resize(turned, shape, separateZ: true, part, ignore));
        }

        return result;
    }

    private static bool IsAnisotropic(Spacing3 spacing) => spacing.Max / spacing.Min > AnisotropyThreshold;

    private static int? OnlyCoarsest(Spacing3 spacing)
    {
        int? found = null;
        for (var axis = 0; axis < 3; axis++)
        {
            if (spacing[axis] == spacing.Max)
            {
                if (found != null)
                {
                    return null;
                }

                found = axis;
            }
        }

        return found;
    }

    /// <summary>Does the work with the coarse axis first and puts the axes back.</summary>
    private static void CoarseFirst<T>(
        VolumeView<T> data, Shape3 to, int axis, Memory<T> target, Action<VolumeView<T>, Shape3, Memory<T>> resize)
        where T : unmanaged
    {
        int[] forward = axis == 1 ? [1, 0, 2] : [2, 0, 1];
        var resized = new T[target.Length];
        var turned = new VolumeView<T>(AxisPermutation.Apply(data, forward), AxisPermutation.Apply(data.Shape, forward));
        resize(turned, AxisPermutation.Apply(to, forward), resized);
        AxisPermutation.Apply(resized, AxisPermutation.Apply(to, forward), AxisPermutation.Inverse(forward), target.Span);
    }

    private static void CheckLength(int length, Shape3 shape)
    {
        if (length != shape.Count)
        {
            throw new ArgumentException($"An array of {length} values is not a volume of {shape}.", nameof(length));
        }
    }
}

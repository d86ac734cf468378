using System.Buffers;

namespace AdwUNet.Imaging;

/// <summary>
/// Resizes images one axis after the other, in parallel; every output value is computed in one place, so the result does not
/// depend on the number of threads.
/// </summary>
internal static class ImageResizer
{
    /// <summary>All three axes with splines, clipped to the input's range.</summary>
    public static void Resize(ReadOnlyMemory<float> image, Shape3 from, Shape3 to, int order, Memory<float> target)
    {
        var (min, max) = Range(image.Span);
        var inPlane = new SliceResizer(from.Y, from.X, to.Y, to.X, order);

        // In the plane first: the result of it is the only intermediate volume, and none where the plane stays as it is.
        var middle = image;
        if (!inPlane.IsIdentity)
        {
            var isLast = from.Z == to.Z;
            var resized = isLast ? target : new float[checked(from.Z * to.Y * to.X)];
            Parallel.For(0, from.Z, z =>
            {
                var slice = resized.Span.Slice(z * to.Y * to.X, to.Y * to.X);
                inPlane.Resize(image.Span.Slice(z * from.Y * from.X, from.Y * from.X), slice);
                if (isLast)
                {
                    Clip(slice, min, max);
                }
            });
            if (isLast)
            {
                return;
            }

            middle = resized;
        }

        ResizeFirstAxis(middle, from.Z, to, order, (min, max), target);
    }

    /// <summary>
    /// Each slice with splines, clipped to the slice's range; slices then by nearest neighbour, so that only the slices that are
    /// needed are computed.
    /// </summary>
    public static void ResizeSlices(ReadOnlyMemory<float> image, Shape3 from, Shape3 to, int order, Memory<float> target)
    {
        var inPlane = new SliceResizer(from.Y, from.X, to.Y, to.X, order);
        var plane = to.Y * to.X;
        var targets = Enumerable.Range(0, to.Z).GroupBy(z => AxisInterpolation.Nearest(z, from.Z, to.Z)).ToArray();
        Parallel.ForEach(targets, group =>
        {
            var source = image.Span.Slice(group.Key * from.Y * from.X, from.Y * from.X);
            var first = target.Span.Slice(group.First() * plane, plane);
            inPlane.Resize(source, first);
            var (min, max) = Range(source);
            Clip(first, min, max);
            foreach (var z in group.Skip(1))
            {
                first.CopyTo(target.Span.Slice(z * plane, plane));
            }
        });
    }

    private static void ResizeFirstAxis(
        ReadOnlyMemory<float> image, int from, Shape3 to, int order, (float Min, float Max) range, Memory<float> target)
    {
        var matrix = AxisInterpolation.Of(from, to.Z, order);
        var plane = to.Y * to.X;

        // A block of rows at a time: its slices stay in the cache while all output slices are made of them.
        const int ValuesPerBlock = 4096;
        var width = Math.Min(plane, ValuesPerBlock);
        Parallel.For(0, (plane + width - 1) / width, block =>
        {
            var start = block * width;
            var length = Math.Min(width, plane - start);
            var row = ArrayPool<double>.Shared.Rent(length);
            for (var z = 0; z < to.Z; z++)
            {
                RowCombination.Combine(
                    image.Span[((matrix.Starts[z] * plane) + start)..],
                    plane,
                    matrix.Weights.AsSpan(z * matrix.Taps, matrix.Taps),
                    row.AsSpan(0, length));
                var values = target.Span.Slice((z * plane) + start, length);
                for (var i = 0; i < length; i++)
                {
                    values[i] = Math.Clamp((float)row[i], range.Min, range.Max);
                }
            }

            ArrayPool<double>.Shared.Return(row);
        });
    }

    private static (float Min, float Max) Range(ReadOnlySpan<float> values)
    {
        var (min, max) = (float.PositiveInfinity, float.NegativeInfinity);
        foreach (var value in values)
        {
            min = value < min ? value : min;
            max = value > max ? value : max;
        }

        return min <= max ? (min, max) : (float.NegativeInfinity, float.PositiveInfinity);
    }

    private static void Clip(Span<float> values, float min, float max)
    {
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = Math.Clamp(values[i], min, max);
        }
    }
}

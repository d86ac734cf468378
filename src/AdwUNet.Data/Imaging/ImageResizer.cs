using System.Buffers;
using System.Numerics.Tensors;

namespace AdwUNet.Imaging;

/// <summary>
/// Resizes images one axis after the other in double precision, in parallel; every output value is computed in one place, so the result
/// does not depend on the number of threads.
/// </summary>
internal static class ImageResizer
{
    // Output slices that are made together: they share most of the input slices, which then stay in the cache.
    private const int SlicesTogether = 4;

    private const int ColumnWidth = 128;

    // Not a power of two, else a column's rows would push each other out of the cache.
    private const int ColumnStride = ColumnWidth + 8;

    /// <summary>All three axes with splines, clipped to the input's range.</summary>
    /// <remarks>Slices first: with them there is no volume between input and output, only a few slices for every thread.</remarks>
    public static void Resize(VolumeView<float> image, Shape3 to, int order, Memory<float> target)
    {
        var from = image.Shape;
        var range = Range(image);
        var inPlane = new SliceResizer(from.Y, from.X, to.Y, to.X, order);
        var plane = to.Y * to.X;
        if (from.Z == to.Z)
        {
            Parallel.For(0, to.Z, z => inPlane.Resize(image.From(z, 0), image.RowStride, range, target.Span.Slice(z * plane, plane)));
            return;
        }

        var across = AxisInterpolation.Of(from.Z, to.Z, order);
        var source = from.Y * from.X;
        Parallel.For(0, (to.Z + SlicesTogether - 1) / SlicesTogether, Bounded(from, to), group =>
        {
            var first = group * SlicesTogether;
            var count = Math.Min(SlicesTogether, to.Z - first);
            var slices = ArrayPool<double>.Shared.Rent(count * source);
            CombineSlices(image, across, first, slices.AsSpan(0, count * source));
            for (var z = 0; z < count; z++)
            {
                var result = target.Span.Slice((first + z) * plane, plane);
                if (from.Y == to.Y && from.X == to.X)
                {
                    SliceResizer.Narrow(slices.AsSpan(z * source, source), range, result);
                }
                else
                {
                    inPlane.Resize<double>(slices.AsSpan(z * source, source), from.X, range, result);
                }
            }

            ArrayPool<double>.Shared.Return(slices);
        });
    }

    /// <summary>
    /// Each slice with splines, clipped to the slice's range; slices then by nearest neighbour, so that only the slices that are
    /// needed are computed.
    /// </summary>
    public static void ResizeSlices(VolumeView<float> image, Shape3 to, int order, Memory<float> target)
    {
        var from = image.Shape;
        var inPlane = new SliceResizer(from.Y, from.X, to.Y, to.X, order);
        var plane = to.Y * to.X;
        var targets = Enumerable.Range(0, to.Z).GroupBy(z => AxisInterpolation.Nearest(z, from.Z, to.Z)).ToArray();
        Parallel.ForEach(targets, group =>
        {
            var first = target.Span.Slice(group.First() * plane, plane);
            inPlane.Resize(image.From(group.Key, 0), image.RowStride, Range(image, group.Key), first);
            foreach (var z in group.Skip(1))
            {
                first.CopyTo(target.Span.Slice(z * plane, plane));
            }
        });
    }

    /// <summary>Output slices from <paramref name="first"/> on, in double precision and of the input's size in the plane.</summary>
    private static void CombineSlices(VolumeView<float> image, AxisInterpolation across, int first, Span<double> slices)
    {
        var (height, width) = (image.Shape.Y, image.Shape.X);
        var plane = height * width;
        var count = slices.Length / plane;
        var starts = across.Starts.AsSpan(first, count);
        var start = TensorPrimitives.Min<int>(starts);
        var depth = TensorPrimitives.Max<int>(starts) + across.Taps - start;

        // A column of a few values through all slices that are needed is taken together: it fits the first-level cache.
        var column = ArrayPool<double>.Shared.Rent(depth * ColumnStride);
        for (var at = 0; at < plane; at += Math.Min(ColumnWidth, width - (at % width)))
        {
            var length = Math.Min(ColumnWidth, width - (at % width));
            for (var z = 0; z < depth; z++)
            {
                RowCombination.Widen(image.From(start + z, at / width)[(at % width)..], column.AsSpan(z * ColumnStride, length));
            }

            for (var z = 0; z < count; z++)
            {
                RowCombination.Combine<double>(
                    column.AsSpan((starts[z] - start) * ColumnStride),
                    ColumnStride,
                    across.Of(first + z),
                    slices.Slice((z * plane) + at, length));
            }
        }

        ArrayPool<double>.Shared.Return(column);
    }

    /// <summary>Limits the number of threads, so that their slices take at most half of the image's memory; at least two.</summary>
    private static ParallelOptions Bounded(Shape3 from, Shape3 to)
    {
        const int Share = 2;
        var ofOne = SlicesTogether * (long)from.Y * from.X * sizeof(double);
        var all = Math.Max(from.Count, to.Count) * sizeof(float);
        return new() { MaxDegreeOfParallelism = (int)Math.Min(Environment.ProcessorCount, Math.Max(2, all / Share / ofOne)) };
    }

    private static (float Min, float Max) Range(VolumeView<float> image)
    {
        var ranges = new (float Min, float Max)[image.Shape.Z];
        Parallel.For(0, ranges.Length, z => ranges[z] = Range(image, z));
        return (ranges.Min(r => r.Min), ranges.Max(r => r.Max));
    }

    /// <summary>The smallest and the largest number of a slice.</summary>
    private static (float Min, float Max) Range(VolumeView<float> image, int z)
    {
        var (min, max) = (float.PositiveInfinity, float.NegativeInfinity);
        for (var y = 0; y < image.Shape.Y; y++)
        {
            var row = image.Row(z, y);
            min = Math.Min(min, TensorPrimitives.MinNumber(row));
            max = Math.Max(max, TensorPrimitives.MaxNumber(row));
        }

        return (min, max);
    }
}

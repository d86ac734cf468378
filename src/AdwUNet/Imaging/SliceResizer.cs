using System.Buffers;

namespace AdwUNet.Imaging;

/// <summary>Resizes slices of one size to another: rows are combined, the slice is turned, rows are combined again, turned back.</summary>
internal sealed class SliceResizer(int fromY, int fromX, int toY, int toX, int order)
{
    // Edge of the blocks in which slices are turned: two such blocks fit the first-level cache.
    private const int Block = 16;

    private readonly AxisInterpolation _rows = AxisInterpolation.Of(fromY, toY, order);
    private readonly AxisInterpolation _columns = AxisInterpolation.Of(fromX, toX, order);

    public bool IsIdentity => fromY == toY && fromX == toX;

    public void Resize(ReadOnlySpan<float> source, Span<float> target)
    {
        if (IsIdentity)
        {
            source.CopyTo(target);
            return;
        }

        var middle = ArrayPool<double>.Shared.Rent(toY * fromX);
        for (var y = 0; y < toY; y++)
        {
            var row = middle.AsSpan(y * fromX, fromX);
            if (fromY == toY)
            {
                Widen(source.Slice(y * fromX, fromX), row);
            }
            else
            {
                RowCombination.Combine(source[(_rows.Starts[y] * fromX)..], fromX, _rows.Weights.AsSpan(y * _rows.Taps, _rows.Taps), row);
            }
        }

        if (fromX == toX)
        {
            Narrow(middle.AsSpan(0, toY * toX), target);
        }
        else
        {
            ResizeColumns(middle, target);
        }

        ArrayPool<double>.Shared.Return(middle);
    }

    private void ResizeColumns(double[] middle, Span<float> target)
    {
        var turned = ArrayPool<double>.Shared.Rent(fromX * toY);
        var result = ArrayPool<double>.Shared.Rent(toX * toY);
        Turn(middle, toY, fromX, turned);
        for (var x = 0; x < toX; x++)
        {
            RowCombination.Combine(
                turned.AsSpan(_columns.Starts[x] * toY, _columns.Taps * toY),
                toY,
                _columns.Weights.AsSpan(x * _columns.Taps, _columns.Taps),
                result.AsSpan(x * toY, toY));
        }

        TurnNarrow(result, toX, toY, target);
        ArrayPool<double>.Shared.Return(turned);
        ArrayPool<double>.Shared.Return(result);
    }

    private static void Turn(double[] source, int height, int width, double[] target)
    {
        for (var y0 = 0; y0 < height; y0 += Block)
        {
            for (var x0 = 0; x0 < width; x0 += Block)
            {
                for (var x = x0; x < Math.Min(x0 + Block, width); x++)
                {
                    for (var y = y0; y < Math.Min(y0 + Block, height); y++)
                    {
                        target[(x * height) + y] = source[(y * width) + x];
                    }
                }
            }
        }
    }

    private static void TurnNarrow(double[] source, int height, int width, Span<float> target)
    {
        for (var y0 = 0; y0 < height; y0 += Block)
        {
            for (var x0 = 0; x0 < width; x0 += Block)
            {
                for (var x = x0; x < Math.Min(x0 + Block, width); x++)
                {
                    for (var y = y0; y < Math.Min(y0 + Block, height); y++)
                    {
                        target[(x * height) + y] = (float)source[(y * width) + x];
                    }
                }
            }
        }
    }

    private static void Widen(ReadOnlySpan<float> source, Span<double> target)
    {
        for (var i = 0; i < source.Length; i++)
        {
            target[i] = source[i];
        }
    }

    private static void Narrow(ReadOnlySpan<double> source, Span<float> target)
    {
        for (var i = 0; i < source.Length; i++)
        {
            target[i] = (float)source[i];
        }
    }
}

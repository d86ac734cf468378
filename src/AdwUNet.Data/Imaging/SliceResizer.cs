using System.Buffers;

namespace AdwUNet.Imaging;

/// <summary>
/// Resizes slices of one size to another, a band of output rows at a time so that all stays in the cache: rows are combined, the band
/// is turned, columns, which are rows now, are combined, and the band is turned back.
/// </summary>
internal sealed class SliceResizer(int fromY, int fromX, int toY, int toX, int order)
{
    // Rows of a band: as many values as one turn of the inner loop of a combination takes.
    private const int Band = 32;

    // Values of a cache line. Rows are one apart more than they are long: rows that lie a power of two apart push each other out of the cache.
    private const int Line = 8;

    private readonly AxisInterpolation _rows = AxisInterpolation.Of(fromY, toY, order);
    private readonly AxisInterpolation _columns = AxisInterpolation.Of(fromX, toX, order);

    /// <summary>Resizes one slice.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="source">The slice from its first value on.</param>
    /// <param name="stride">Values from one of its rows to the next.</param>
    /// <param name="range">What the result is cut to.</param>
    /// <param name="target">(y, x).</param>
    public void Resize<T>(ReadOnlySpan<T> source, int stride, (float Min, float Max) range, Span<float> target)
        where T : unmanaged
    {
        var middle = ArrayPool<double>.Shared.Rent(Band * (fromX + Line));
        var turned = ArrayPool<double>.Shared.Rent(fromX * (Band + Line));
        var result = ArrayPool<double>.Shared.Rent(toX * (Band + Line));
        for (var first = 0; first < toY; first += Band)
        {
            var count = Math.Min(Band, toY - first);
            for (var y = 0; y < count; y++)
            {
                CombineRow(source, stride, first + y, middle.AsSpan(y * (fromX + Line), fromX));
            }

            var rows = target.Slice(first * toX, count * toX);
            if (fromX != toX)
            {
                Turn(middle, count, turned);
                for (var x = 0; x < toX; x++)
                {
                    RowCombination.Combine<double>(
                        turned.AsSpan(_columns.Starts[x] * (Band + Line)), Band + Line, _columns.Of(x), result.AsSpan(x * (Band + Line), count));
                }

                TurnNarrow(result, count, range, rows);
                continue;
            }

            for (var y = 0; y < count; y++)
            {
                Narrow(middle.AsSpan(y * (fromX + Line), fromX), range, rows.Slice(y * toX, toX));
            }
        }

        ArrayPool<double>.Shared.Return(middle);
        ArrayPool<double>.Shared.Return(turned);
        ArrayPool<double>.Shared.Return(result);
    }

    /// <summary>Cuts to a range and rounds to single precision.</summary>
    internal static void Narrow(ReadOnlySpan<double> source, (float Min, float Max) range, Span<float> target)
    {
        for (var i = 0; i < target.Length; i++)
        {
            target[i] = Math.Clamp((float)source[i], range.Min, range.Max);
        }
    }

    private void CombineRow<T>(ReadOnlySpan<T> source, int stride, int y, Span<double> row)
        where T : unmanaged
    {
        if (fromY == toY)
        {
            RowCombination.Widen(source[(y * stride)..], row);
        }
        else
        {
            RowCombination.Combine(source[(_rows.Starts[y] * stride)..], stride, _rows.Of(y), row);
        }
    }

    /// <summary>A band with columns as rows; line by line, so that what is read or written next is in the cache.</summary>
    private void Turn(ReadOnlySpan<double> middle, int height, Span<double> turned)
    {
        for (var first = 0; first < fromX; first += Line)
        {
            var end = Math.Min(first + Line, fromX);
            for (var y = 0; y < height; y++)
            {
                var row = middle.Slice(y * (fromX + Line), fromX);
                for (var x = first; x < end; x++)
                {
                    turned[(x * (Band + Line)) + y] = row[x];
                }
            }
        }
    }

    private void TurnNarrow(ReadOnlySpan<double> result, int height, (float Min, float Max) range, Span<float> target)
    {
        for (var first = 0; first < height; first += Line)
        {
            var end = Math.Min(first + Line, height);
            for (var x = 0; x < toX; x++)
            {
                var column = result.Slice(x * (Band + Line), height);
                for (var y = first; y < end; y++)
                {
                    target[(y * toX) + x] = Math.Clamp((float)column[y], range.Min, range.Max);
                }
            }
        }
    }
}

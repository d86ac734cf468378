namespace AdwUNet.Imaging;

/// <summary>Exchanging axes as <c>numpy.transpose</c> does: result axis i is source axis order[i].</summary>
internal static class AxisPermutation
{
    public static bool IsIdentity(IReadOnlyList<int> order) => order[0] == 0 && order[1] == 1 && order[2] == 2;

    public static Shape3 Apply(Shape3 shape, IReadOnlyList<int> order) => new(shape[order[0]], shape[order[1]], shape[order[2]]);

    public static Spacing3 Apply(Spacing3 spacing, IReadOnlyList<int> order) =>
        new(spacing[order[0]], spacing[order[1]], spacing[order[2]]);

    public static int[] Inverse(IReadOnlyList<int> order)
    {
        var inverse = new int[3];
        for (var i = 0; i < 3; i++)
        {
            inverse[order[i]] = i;
        }

        return inverse;
    }

    public static T[] Apply<T>(ReadOnlySpan<T> data, Shape3 shape, IReadOnlyList<int> order)
        where T : unmanaged
    {
        var result = new T[data.Length];
        Apply(data, (shape.Y * shape.X, shape.X), shape, order, result);
        return result;
    }

    /// <summary>Exchanges the axes of a box of a volume.</summary>
    public static T[] Apply<T>(VolumeView<T> data, IReadOnlyList<int> order)
        where T : unmanaged
    {
        var result = new T[data.Shape.Count];
        Apply(data.From(0, 0), (data.PlaneStride, data.RowStride), data.Shape, order, result);
        return result;
    }

    public static void Apply<T>(ReadOnlySpan<T> data, Shape3 shape, IReadOnlyList<int> order, Span<T> result)
        where T : unmanaged => Apply(data, (shape.Y * shape.X, shape.X), shape, order, result);

    private static void Apply<T>(
        ReadOnlySpan<T> data, (int Plane, int Row) source, Shape3 shape, IReadOnlyList<int> order, Span<T> result)
        where T : unmanaged
    {
        int[] strides = [source.Plane, source.Row, 1];
        var to = Apply(shape, order);
        var (sz, sy, sx) = (strides[order[0]], strides[order[1]], strides[order[2]]);
        var i = 0;
        for (var z = 0; z < to.Z; z++)
        {
            for (var y = 0; y < to.Y; y++)
            {
                var at = (z * sz) + (y * sy);
                for (var x = 0; x < to.X; x++, at += sx)
                {
                    result[i++] = data[at];
                }
            }
        }
    }
}

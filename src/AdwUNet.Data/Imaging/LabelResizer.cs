namespace AdwUNet.Imaging;

/// <summary>
/// Resizes label maps as batchgenerators' <c>resize_segmentation</c> (order 1) does, with SciPy's very order of products and
/// sums, so that a class of exactly one half falls on the same side.
/// </summary>
internal static class LabelResizer
{
    private const double Threshold = 0.5;

    // A voxel's value comes from the corners of one cube: 2 × 2 × 2.
    private const int Corners = 8;

    public static void Resize(VolumeView<short> labels, Shape3 to, bool separateZ, Memory<short> target, short? ignore)
    {
        var from = labels.Shape;
        var ys = Axis.Linear(from.Y, to.Y);
        var xs = Axis.Linear(from.X, to.X);
        var zs = separateZ ? Axis.Nearest(from.Z, to.Z) : Axis.Linear(from.Z, to.Z);
        var only = OnlyLabels(labels);
        var plane = to.Y * to.X;
        Parallel.For(0, to.Z, z => ResizeSlice(labels, only, zs, ys, xs, z, target.Span.Slice(z * plane, plane), ignore));
    }

    /// <summary>The label of each row (z, y) that has but one; most rows of a scan are background from end to end.</summary>
    private static short?[] OnlyLabels(VolumeView<short> labels)
    {
        var (slices, rows) = (labels.Shape.Z, labels.Shape.Y);
        var only = new short?[slices * rows];
        Parallel.For(0, slices, z =>
        {
            for (var y = 0; y < rows; y++)
            {
                var row = labels.Row(z, y);
                only[(z * rows) + y] = row.ContainsAnyExcept(row[0]) ? null : row[0];
            }
        });
        return only;
    }

    private static void ResizeSlice(
        VolumeView<short> labels, short?[] only, Axis zs, Axis ys, Axis xs, int z, Span<short> target, short? ignore)
    {
        Span<short> corner = stackalloc short[Corners];
        Span<double> weight = stackalloc double[Corners];
        var (near, far, rows) = (zs.Lower[z], zs.Upper[z], labels.Shape.Y);
        for (var (y, i) = (0, 0); y < ys.Count; y++)
        {
            var (above, below) = (ys.Lower[y], ys.Upper[y]);
            if (only[(near * rows) + above] is { } label
                && label == only[(near * rows) + below] && label == only[(far * rows) + above] && label == only[(far * rows) + below])
            {
                target.Slice(i, xs.Count).Fill(label);
                i += xs.Count;
                continue;
            }

            var row00 = labels.Row(near, above);
            var row01 = labels.Row(near, below);
            var row10 = labels.Row(far, above);
            var row11 = labels.Row(far, below);
            for (var x = 0; x < xs.Count; x++)
            {
                var (lower, upper) = (xs.Lower[x], xs.Upper[x]);
                var first = row00[lower];
                if (first == row00[upper] && first == row01[lower] && first == row01[upper]
                    && first == row10[lower] && first == row10[upper] && first == row11[lower] && first == row11[upper])
                {
                    target[i++] = first;
                    continue;
                }

                (corner[0], corner[1], corner[2], corner[3]) = (first, row00[upper], row01[lower], row01[upper]);
                (corner[4], corner[5], corner[6], corner[7]) = (row10[lower], row10[upper], row11[lower], row11[upper]);
                for (var k = 0; k < Corners; k++)
                {
                    weight[k] = zs.Weight(z, k >> 2) * ys.Weight(y, (k >> 1) & 1) * xs.Weight(x, k & 1);
                }

                target[i++] = Strongest(corner, weight, ignore);
            }
        }
    }

    /// <summary>The largest class of at least a half; where there is none, 0, or the ignore label if an ignored voxel takes part.</summary>
    private static short Strongest(ReadOnlySpan<short> corner, ReadOnlySpan<double> weight, short? ignore)
    {
        short? found = null;
        for (var k = 0; k < Corners; k++)
        {
            if (found >= corner[k])
            {
                continue;
            }

            var sum = 0.0;
            for (var m = 0; m < Corners; m++)
            {
                sum += corner[m] == corner[k] ? weight[m] : 0;
            }

            if (sum >= Threshold)
            {
                found = corner[k];
            }
        }

        return found ?? (ignore is { } unknown && corner.Contains(unknown) ? unknown : (short)0);
    }

    /// <summary>The two input voxels of every output voxel along one axis.</summary>
    private sealed class Axis(int[] lower, int[] upper, double[] upperPart)
    {
        public int Count => lower.Length;

        public int[] Lower => lower;

        public int[] Upper => upper;

        // 1 − (1 − x), not x: SciPy makes the last weight of what the others leave.
        public double Weight(int j, int side) => side == 0 ? 1 - upperPart[j] : 1 - (1 - upperPart[j]);

        public static Axis Linear(int from, int to)
        {
            var (lower, upper, part) = (new int[to], new int[to], new double[to]);
            for (var j = 0; j < to; j++)
            {
                var x = Math.Clamp(AxisInterpolation.Coordinate(j, from, to), 0, from - 1);
                lower[j] = (int)Math.Floor(x);
                upper[j] = Math.Min(lower[j] + 1, from - 1);
                part[j] = x - lower[j];
            }

            return new Axis(lower, upper, part);
        }

        public static Axis Nearest(int from, int to)
        {
            int[] nearest = [.. Enumerable.Range(0, to).Select(j => AxisInterpolation.Nearest(j, from, to))];
            return new Axis(nearest, nearest, new double[to]);
        }
    }
}

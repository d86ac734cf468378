namespace AdwUNet.Imaging;

/// <summary>
/// Where the three axes of an image point, such as RAS: its x axis mainly to the right, y to the front (anterior), z upwards (superior).
/// L, P and I are the opposites. Oblique axes count as the direction that they are nearest to.
/// </summary>
/// <param name="X">The direction of the x axis, 0 = right, 1 = anterior, 2 = superior.</param>
/// <param name="Y">The direction of the y axis.</param>
/// <param name="Z">The direction of the z axis.</param>
/// <param name="FlipX">Whether the x axis points to the opposite of its direction.</param>
/// <param name="FlipY">Whether the y axis does.</param>
/// <param name="FlipZ">Whether the z axis does.</param>
public readonly record struct AxisOrientation(int X, int Y, int Z, bool FlipX, bool FlipY, bool FlipZ)
{
    private const string Positive = "RAS";
    private const string Negative = "LPI";

    /// <summary>The orientation of an affine: axes are assigned in the order of how clearly they point somewhere.</summary>
    /// <param name="affine">A 4×4 matrix from voxels (x, y, z, 1) to millimetres right, anterior, superior.</param>
    public static AxisOrientation Of(double[,] affine)
    {
        var directions = new[] { -1, -1, -1 };
        var flips = new bool[3];
        for (var assigned = 0; assigned < 3; assigned++)
        {
            var (bestAxis, bestRow, best) = (-1, -1, -1.0);
            for (var axis = 0; axis < 3; axis++)
            {
                var length = Placement.ColumnLength(affine, axis);
                for (var row = 0; row < 3; row++)
                {
                    var share = Math.Abs(affine[row, axis]) / length;
                    if (directions[axis] < 0 && !directions.Contains(row) && share > best) (bestAxis, bestRow, best) = (axis, row, share);
                }
            }

            directions[bestAxis] = bestRow;
            flips[bestAxis] = affine[bestRow, bestAxis] < 0;
        }

        return new(directions[0], directions[1], directions[2], flips[0], flips[1], flips[2]);
    }

    /// <summary>Reads three letters such as RAS.</summary>
    /// <exception cref="FormatException">They are not one of R and L, one of A and P, and one of S and I, in any order.</exception>
    public static AxisOrientation Parse(string letters)
    {
        return IsValid(letters)
            ? new(Direction(letters[0]), Direction(letters[1]), Direction(letters[2]), IsFlip(0), IsFlip(1), IsFlip(2))
            : throw new FormatException($"'{letters}' is not an orientation; write three letters such as RAS or LPS.");

        bool IsFlip(int axis) => Negative.Contains(letters[axis]);
    }

    /// <inheritdoc/>
    public override string ToString() => string.Concat(Letter(X, FlipX), Letter(Y, FlipY), Letter(Z, FlipZ));

    /// <summary>Whether three letters are an orientation.</summary>
    internal static bool IsValid(string letters) => letters.Length == 3 && letters.Select(Direction).Order().SequenceEqual([0, 1, 2]);

    /// <summary>How to turn an image of this orientation into another.</summary>
    internal AxisTurn To(AxisOrientation target)
    {
        // Axes in the order (z, y, x).
        int[] from = [Z, Y, X], to = [target.Z, target.Y, target.X];
        bool[] flipsFrom = [FlipZ, FlipY, FlipX], flipsTo = [target.FlipZ, target.FlipY, target.FlipX];
        int[] order = [.. to.Select(direction => Array.IndexOf(from, direction))];
        return new AxisTurn(order, [.. Enumerable.Range(0, 3).Select(axis => flipsFrom[order[axis]] != flipsTo[axis])]);
    }

    private static int Direction(char letter) => Math.Max(Positive.IndexOf(letter), Negative.IndexOf(letter));

    private static char Letter(int direction, bool flip) => (flip ? Negative : Positive)[direction];
}

/// <summary>A change of axes: result axis i is source axis Order[i], and then reversed where Flips[i] is set; axes are (z, y, x).</summary>
internal sealed record AxisTurn(int[] Order, bool[] Flips)
{
    public bool IsIdentity => AxisPermutation.IsIdentity(Order) && !Flips.Contains(true);

    public AxisTurn Inverse()
    {
        var order = AxisPermutation.Inverse(Order);
        return new(order, [.. order.Select(axis => Flips[axis])]);
    }

    public Volume Apply(Volume volume)
    {
        if (IsIdentity) return volume;
        var data = new float[volume.Data.Length];
        var length = checked((int)volume.Shape.Count);
        for (var c = 0; c < volume.Channels; c++)
        {
            Apply<float>(volume.Channel(c), volume.Shape, data.AsSpan(c * length, length));
        }

        return new Volume(data, volume.Channels, AxisPermutation.Apply(volume.Shape, Order), AxisPermutation.Apply(volume.Spacing, Order));
    }

    public LabelMap Apply(LabelMap labels)
    {
        if (IsIdentity) return labels;
        var data = new short[labels.Data.Length];
        Apply<short>(labels.Data, labels.Shape, data);
        return new LabelMap(data, AxisPermutation.Apply(labels.Shape, Order), AxisPermutation.Apply(labels.Spacing, Order));
    }

    private void Apply<T>(ReadOnlySpan<T> data, Shape3 shape, Span<T> result)
        where T : unmanaged
    {
        AxisPermutation.Apply(data, shape, Order, result);
        var turned = AxisPermutation.Apply(shape, Order);
        if (Flips[2])
        {
            for (var row = 0; row < result.Length; row += turned.X) result.Slice(row, turned.X).Reverse();
        }

        var plane = turned.Y * turned.X;
        if (Flips[1])
        {
            for (var z = 0; z < turned.Z; z++) ReverseBlocks(result.Slice(z * plane, plane), turned.X);
        }

        if (Flips[0]) ReverseBlocks(result, plane);
    }

    /// <summary>Exchanges the first block with the last, the second with the last but one, and so on.</summary>
    private static void ReverseBlocks<T>(Span<T> data, int length)
        where T : unmanaged
    {
        var kept = new T[length];
        for (var (first, last) = (0, data.Length - length); first < last; first += length, last -= length)
        {
            data.Slice(first, length).CopyTo(kept);
            data.Slice(last, length).CopyTo(data[first..]);
            kept.CopyTo(data[last..]);
        }
    }
}

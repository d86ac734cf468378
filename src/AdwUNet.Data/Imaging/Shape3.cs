using System.Text.Json.Serialization;

namespace AdwUNet.Imaging;

/// <summary>Three whole numbers in the order (z, y, x): the size of a volume in voxels, a patch, a kernel, an index.</summary>
/// <param name="Z">Slices (depth).</param>
/// <param name="Y">Rows (height).</param>
/// <param name="X">Columns (width).</param>
[JsonConverter(typeof(Shape3JsonConverter))]
public readonly record struct Shape3(int Z, int Y, int X)
{
    /// <summary>The number of voxels.</summary>
    public long Count => (long)Z * Y * X;

    /// <summary>The value of one axis.</summary>
    /// <param name="axis">0 = z, 1 = y, 2 = x.</param>
    /// <exception cref="ArgumentOutOfRangeException">The axis is none of the three.</exception>
    public int this[int axis] => axis switch
    {
        0 => Z,
        1 => Y,
        2 => X,
        _ => throw new ArgumentOutOfRangeException(nameof(axis)),
    };

    /// <summary>The same with one axis replaced.</summary>
    /// <param name="axis">0 = z, 1 = y, 2 = x.</param>
    /// <param name="value">Its new value.</param>
    public Shape3 With(int axis, int value) => axis switch
    {
        0 => this with { Z = value },
        1 => this with { Y = value },
        2 => this with { X = value },
        _ => throw new ArgumentOutOfRangeException(nameof(axis)),
    };

    /// <summary>The offset of a voxel in an array of this shape, x fastest.</summary>
    public int Offset(int z, int y, int x) => ((z * Y) + y) * X + x;

    /// <summary>The same value on every axis.</summary>
    public static Shape3 Cube(int size) => new(size, size, size);

    /// <summary>From three values in the order (z, y, x).</summary>
    /// <exception cref="ArgumentException">There are not exactly three.</exception>
    public static Shape3 From(IReadOnlyList<int> values) => values.Count == 3
        ? new(values[0], values[1], values[2])
        : throw new ArgumentException($"Expected 3 values (z, y, x), found {values.Count}.", nameof(values));

    /// <summary>The three values in the order (z, y, x).</summary>
    public int[] ToArray() => [Z, Y, X];

    /// <inheritdoc/>
    public override string ToString() => $"{Z}×{Y}×{X}";
}

using System.Text.Json.Serialization;

namespace AdwUNet.Imaging;

/// <summary>The distance between voxel centres in millimetres, in the order (z, y, x).</summary>
/// <param name="Z">Between slices.</param>
/// <param name="Y">Between rows.</param>
/// <param name="X">Between columns.</param>
[JsonConverter(typeof(Spacing3JsonConverter))]
public readonly record struct Spacing3(double Z, double Y, double X)
{
    /// <summary>The value of one axis.</summary>
    /// <param name="axis">0 = z, 1 = y, 2 = x.</param>
    /// <exception cref="ArgumentOutOfRangeException">The axis is none of the three.</exception>
    public double this[int axis] => axis switch
    {
        0 => Z,
        1 => Y,
        2 => X,
        _ => throw new ArgumentOutOfRangeException(nameof(axis)),
    };

    /// <summary>The coarsest of the three.</summary>
    public double Max => Math.Max(Z, Math.Max(Y, X));

    /// <summary>The finest of the three.</summary>
    public double Min => Math.Min(Z, Math.Min(Y, X));

    /// <summary>From three values in the order (z, y, x).</summary>
    /// <exception cref="ArgumentException">There are not exactly three.</exception>
    public static Spacing3 From(IReadOnlyList<double> values) => values.Count == 3
        ? new(values[0], values[1], values[2])
        : throw new ArgumentException($"Expected 3 values (z, y, x), found {values.Count}.", nameof(values));

    /// <summary>The three values in the order (z, y, x).</summary>
    public double[] ToArray() => [Z, Y, X];

    /// <summary>The same rounded to single precision.</summary>
    internal Spacing3 ToSingle() => new((float)Z, (float)Y, (float)X);

    /// <inheritdoc/>
    public override string ToString() => $"{Z:0.###}×{Y:0.###}×{X:0.###} mm";
}

using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using AdwUNet.Imaging;

namespace AdwUNet.Sampling;

/// <summary>
/// Cubic B-splines on a regular grid (Unser 1999, as in SciPy): a recursive filter turns voxels into coefficients such that the
/// weighted sum of the 4 coefficients around a place passes through the voxels.
/// </summary>
internal static class CubicSpline
{
    /// <summary>Beyond this many voxels the filter's memory is below the precision of a float (0.268¹² ≈ 1e−7).</summary>
    public const int Support = 12;

    /// <summary>The pole of the filter, √3 − 2.</summary>
    private const double Pole = -0.26794919243112270647;

    /// <summary>The filter's gain along one axis, (1 − z)(1 − 1/z).</summary>
    private const float Gain = 6;

    /// <summary>How many terms of the start value's geometric series matter in double precision.</summary>
    private const int Horizon = 28;

    /// <summary>Replaces voxels by coefficients along axes <paramref name="firstAxis"/>..2; beyond its border the volume is mirrored.</summary>
    public static void Filter(Span<float> data, Shape3 shape, int firstAxis = 0)
    {
        var gain = 1f;
        for (var axis = firstAxis; axis < 3; axis++)
        {
            gain *= shape[axis] > 1 ? Gain : 1;
        }

        Multiply(data, gain);
        if (firstAxis == 0 && shape.Z > 1)
        {
            FilterBlocks(data, shape.Z, shape.Y * shape.X);
        }

        for (var z = 0; z < shape.Z && firstAxis <= 1 && shape.Y > 1; z++)
        {
            FilterBlocks(data.Slice(z * shape.Y * shape.X, shape.Y * shape.X), shape.Y, shape.X);
        }

        if (shape.X > 1)
        {
            for (var start = 0; start < data.Length; start += shape.X)
            {
                FilterLine(data.Slice(start, shape.X));
            }
        }
    }

    /// <summary>Replaces one line of values by its coefficients, gain included.</summary>
    public static void FilterLineWithGain(Span<float> line)
    {
        if (line.Length > 1)
        {
            Multiply(line, Gain);
            FilterLine(line);
        }
    }

    /// <summary>The weights of the coefficients at −1, 0, 1 and 2 for a place at a distance of 0..1 after coefficient 0.</summary>
    public static Vector128<float> Weights(float distance)
    {
        const float Sixth = 1f / 6;
        var t = distance;
        var s = 1 - t;
        var first = s * s * s * Sixth;
        var last = t * t * t * Sixth;
        var second = (((3 * t) - 6) * t * t * Sixth) + (4 * Sixth);
        return Vector128.Create(first, second, 1 - first - second - last, last);
    }

    private static void FilterLine(Span<float> line)
    {
        const float Z = (float)Pole;
        var previous = 0f;
        for (int k = 0, end = Math.Min(Horizon, line.Length); k < end; k++)
        {
            previous += (float)StartWeight(k, line.Length) * line[k];
        }

        line[0] = previous;
        for (var i = 1; i < line.Length; i++)
        {
            line[i] = previous = line[i] + (Z * previous);
        }

        line[^1] = previous = EndFactor * (line[^1] + (Z * line[^2]));
        for (var i = line.Length - 2; i >= 0; i--)
        {
            line[i] = previous = Z * (previous - line[i]);
        }
    }

    /// <summary>The same filter for many lines at once: blocks of neighbouring values, one after the other along the axis.</summary>
    private static void FilterBlocks(Span<float> data, int length, int block)
    {
        const float Z = (float)Pole;
        var first = data[..block];
        Multiply(first, (float)StartWeight(0, length));
        for (int k = 1, end = Math.Min(Horizon, length); k < end; k++)
        {
            AddScaled(first, data.Slice(k * block, block), (float)StartWeight(k, length));
        }

        for (var i = 1; i < length; i++)
        {
            AddScaled(data.Slice(i * block, block), data.Slice((i - 1) * block, block), Z);
        }

        var last = data.Slice((length - 1) * block, block);
        AddScaled(last, data.Slice((length - 2) * block, block), Z);
        Multiply(last, EndFactor);
        for (var i = length - 2; i >= 0; i--)
        {
            SubtractFromScaled(data.Slice(i * block, block), data.Slice((i + 1) * block, block), Z);
        }
    }

    private static float EndFactor => (float)(Pole / ((Pole * Pole) - 1));

    /// <summary>The weight of value k in the first coefficient of the causal pass, with the line mirrored without end.</summary>
    private static double StartWeight(int k, int length)
    {
        var period = (2 * length) - 2;
        var weight = Math.Pow(Pole, k);
        if (k > 0 && k < length - 1)
        {
            weight += Math.Pow(Pole, period - k);
        }

        return weight / (1 - Math.Pow(Pole, period));
    }

    private static void Multiply(Span<float> values, float factor)
    {
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(values);
        for (var i = 0; i < vectors.Length; i++)
        {
            vectors[i] *= factor;
        }

        for (var i = vectors.Length * Vector<float>.Count; i < values.Length; i++)
        {
            values[i] *= factor;
        }
    }

    private static void AddScaled(Span<float> target, ReadOnlySpan<float> source, float factor)
    {
        var targets = MemoryMarshal.Cast<float, Vector<float>>(target);
        var sources = MemoryMarshal.Cast<float, Vector<float>>(source)[..targets.Length];
        for (var i = 0; i < targets.Length; i++)
        {
            targets[i] += sources[i] * factor;
        }

        for (var i = targets.Length * Vector<float>.Count; i < target.Length; i++)
        {
            target[i] += source[i] * factor;
        }
    }

    /// <summary>target = factor · (source − target).</summary>
    private static void SubtractFromScaled(Span<float> target, ReadOnlySpan<float> source, float factor)
    {
        var targets = MemoryMarshal.Cast<float, Vector<float>>(target);
        var sources = MemoryMarshal.Cast<float, Vector<float>>(source)[..targets.Length];
        for (var i = 0; i < targets.Length; i++)
        {
            targets[i] = (sources[i] - targets[i]) * factor;
        }

        for (var i = targets.Length * Vector<float>.Count; i < target.Length; i++)
        {
            target[i] = factor * (source[i] - target[i]);
        }
    }
}

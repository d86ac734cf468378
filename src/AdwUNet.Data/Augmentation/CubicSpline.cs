using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using AdwUNet.Imaging;

namespace AdwUNet.Augmentation;

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

    private const float Z = (float)Pole;

    private const float EndFactor = (float)(Pole / ((Pole * Pole) - 1));

    /// <summary>The filter's gain along one axis, (1 − z)(1 − 1/z).</summary>
    private const float Gain = 6;

    /// <summary>How many terms of the start value's geometric series matter in double precision.</summary>
    private const int Horizon = 28;

    /// <summary>
    /// Added to every voxel: without it, a long run of zeros would decay to denormal numbers, which are very slow.
    /// </summary>
    private const float Bias = 1e-15f;

    /// <summary>Replaces voxels by coefficients along axes <paramref name="firstAxis"/>..2; beyond its border the volume is mirrored.</summary>
    public static void Filter(Span<float> data, Shape3 shape, int firstAxis = 0)
    {
        var gain = 1f;
        for (var axis = firstAxis; axis < 3; axis++)
        {
            gain *= shape[axis] > 1 ? Gain : 1;
        }

        Intensities.Scale(data, gain, Bias);
        Span<float> weights = stackalloc float[Horizon];
        if (firstAxis == 0 && shape.Z > 1)
        {
            FilterBlocks(data, shape.Y * shape.X, StartWeights(shape.Z, weights));
        }

        if (firstAxis <= 1 && shape.Y > 1)
        {
            var slice = shape.Y * shape.X;
            var start = StartWeights(shape.Y, weights);
            for (var z = 0; z < shape.Z; z++)
            {
                FilterBlocks(data.Slice(z * slice, slice), shape.X, start);
            }
        }

        if (shape.X > 1)
        {
            FilterLines(data, shape.X, StartWeights(shape.X, weights));
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

    /// <summary>Filters contiguous lines, four at a time, because each step of a line depends on the step before.</summary>
    private static void FilterLines(Span<float> lines, int length, ReadOnlySpan<float> startWeights)
    {
        const int Together = 4;
        var start = 0;
        for (; start <= lines.Length - (Together * length); start += Together * length)
        {
            FilterFour(
                lines.Slice(start, length),
                lines.Slice(start + length, length),
                lines.Slice(start + (2 * length), length),
                lines.Slice(start + (3 * length), length),
                startWeights);
        }

        for (; start < lines.Length; start += length)
        {
            FilterLine(lines.Slice(start, length), startWeights);
        }
    }

    private static void FilterFour(
        Span<float> a, Span<float> b, Span<float> c, Span<float> d, ReadOnlySpan<float> startWeights)
    {
        var (pa, pb, pc, pd) = (Start(a, startWeights), Start(b, startWeights), Start(c, startWeights), Start(d, startWeights));
        (a[0], b[0], c[0], d[0]) = (pa, pb, pc, pd);
        b = b[..a.Length];
        c = c[..a.Length];
        d = d[..a.Length];
        for (var i = 1; i < a.Length; i++)
        {
            a[i] = pa = a[i] + (Z * pa);
            b[i] = pb = b[i] + (Z * pb);
            c[i] = pc = c[i] + (Z * pc);
            d[i] = pd = d[i] + (Z * pd);
        }

        (pa, pb, pc, pd) = (End(a), End(b), End(c), End(d));
        (a[^1], b[^1], c[^1], d[^1]) = (pa, pb, pc, pd);
        for (var i = a.Length - 2; i >= 0; i--)
        {
            a[i] = pa = Z * (pa - a[i]);
            b[i] = pb = Z * (pb - b[i]);
            c[i] = pc = Z * (pc - c[i]);
            d[i] = pd = Z * (pd - d[i]);
        }
    }

    private static void FilterLine(Span<float> line, ReadOnlySpan<float> startWeights)
    {
        var previous = line[0] = Start(line, startWeights);
        for (var i = 1; i < line.Length; i++)
        {
            line[i] = previous = line[i] + (Z * previous);
        }

        previous = line[^1] = End(line);
        for (var i = line.Length - 2; i >= 0; i--)
        {
            line[i] = previous = Z * (previous - line[i]);
        }
    }

    /// <summary>The same filter for many lines at once: blocks of neighbouring values, one after the other along the axis.</summary>
    private static void FilterBlocks(Span<float> data, int block, ReadOnlySpan<float> startWeights)
    {
        var length = data.Length / block;
        var first = data[..block];
        Intensities.Scale(first, startWeights[0], 0);
        for (var k = 1; k < startWeights.Length; k++)
        {
            AddScaled(first, data.Slice(k * block, block), startWeights[k]);
        }

        for (var i = 1; i < length; i++)
        {
            AddScaled(data.Slice(i * block, block), data.Slice((i - 1) * block, block), Z);
        }

        var last = data.Slice((length - 1) * block, block);
        AddScaled(last, data.Slice((length - 2) * block, block), Z);
        Intensities.Scale(last, EndFactor, 0);
        for (var i = length - 2; i >= 0; i--)
        {
            SubtractFromScaled(data.Slice(i * block, block), data.Slice((i + 1) * block, block), Z);
        }
    }

    /// <summary>The first coefficient of the causal pass.</summary>
    private static float Start(ReadOnlySpan<float> line, ReadOnlySpan<float> startWeights)
    {
        var sum = 0f;
        for (var k = 0; k < startWeights.Length; k++)
        {
            sum += startWeights[k] * line[k];
        }

        return sum;
    }

    /// <summary>The first coefficient of the pass back, from the results of the causal one.</summary>
    private static float End(ReadOnlySpan<float> line) => EndFactor * (line[^1] + (Z * line[^2]));

    /// <summary>The weights of the first values in the first coefficient of the causal pass, the line mirrored without end.</summary>
    private static ReadOnlySpan<float> StartWeights(int length, Span<float> weights)
    {
        var count = Math.Min(length, weights.Length);
        var period = (2 * length) - 2;
        for (var k = 0; k < count; k++)
        {
            var weight = Math.Pow(Pole, k);
            if (k > 0 && k < length - 1)
            {
                weight += Math.Pow(Pole, period - k);
            }

            weights[k] = (float)(weight / (1 - Math.Pow(Pole, period)));
        }

        return weights[..count];
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

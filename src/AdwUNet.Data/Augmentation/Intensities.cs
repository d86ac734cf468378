using System.Numerics;
using System.Runtime.InteropServices;

namespace AdwUNet.Augmentation;

/// <summary>Arithmetic on the voxels of one channel.</summary>
internal static class Intensities
{
    /// <summary>Mean and population standard deviation, summed in double precision.</summary>
    public static (double Mean, double StandardDeviation) Moments(ReadOnlySpan<float> values)
    {
        var sum = 0.0;
        foreach (var value in values)
        {
            sum += value;
        }

        var mean = sum / values.Length;
        var squares = 0.0;
        foreach (var value in values)
        {
            squares += (value - mean) * (value - mean);
        }

        return (mean, Math.Sqrt(squares / values.Length));
    }

    /// <summary>The smallest and the largest value.</summary>
    public static (float Min, float Max) Range(ReadOnlySpan<float> values)
    {
        var (min, max) = (values[0], values[0]);
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(values);
        if (vectors.Length > 0)
        {
            var (low, high) = (vectors[0], vectors[0]);
            foreach (var vector in vectors)
            {
                low = Vector.Min(low, vector);
                high = Vector.Max(high, vector);
            }

            for (var i = 0; i < Vector<float>.Count; i++)
            {
                min = Math.Min(min, low[i]);
                max = Math.Max(max, high[i]);
            }
        }

        foreach (var value in values[(vectors.Length * Vector<float>.Count)..])
        {
            min = Math.Min(min, value);
            max = Math.Max(max, value);
        }

        return (min, max);
    }

    /// <summary>values = values · factor + offset.</summary>
    public static void Scale(Span<float> values, float factor, float offset)
    {
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(values);
        var offsets = new Vector<float>(offset);
        for (var i = 0; i < vectors.Length; i++)
        {
            vectors[i] = (vectors[i] * factor) + offsets;
        }

        for (var i = vectors.Length * Vector<float>.Count; i < values.Length; i++)
        {
            values[i] = (values[i] * factor) + offset;
        }
    }

    /// <summary>Cuts values to a range.</summary>
    public static void Clip(Span<float> values, float min, float max)
    {
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(values);
        var (low, high) = (new Vector<float>(min), new Vector<float>(max));
        for (var i = 0; i < vectors.Length; i++)
        {
            vectors[i] = Vector.Min(Vector.Max(vectors[i], low), high);
        }

        for (var i = vectors.Length * Vector<float>.Count; i < values.Length; i++)
        {
            values[i] = Math.Clamp(values[i], min, max);
        }
    }

    /// <summary>values = values ^ exponent, for values of at least 0.</summary>
    public static void Power(Span<float> values, float exponent)
    {
        // exp(exponent · log 0) = exp(−∞) = 0, as wanted.
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(values);
        for (var i = 0; i < vectors.Length; i++)
        {
            vectors[i] = Vector.Exp(Vector.Log(vectors[i]) * exponent);
        }

        for (var i = vectors.Length * Vector<float>.Count; i < values.Length; i++)
        {
            values[i] = MathF.Pow(values[i], exponent);
        }
    }
}

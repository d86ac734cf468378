using System.Numerics;
using System.Runtime.InteropServices;

namespace AdwUNet.Imaging;

/// <summary>
/// The inner loops of resizing: one output row is the weighted sum of a few input rows. Products and sums are rounded one
/// by one (no fused multiply-add), so every machine gets the same bits.
/// </summary>
internal static class RowCombination
{
    /// <summary>output[x] = Σ over t of weights[t] × input[t·stride + x], accumulated in double.</summary>
    public static void Combine(ReadOnlySpan<double> input, int stride, ReadOnlySpan<double> weights, Span<double> output)
    {
        CheckReach(input.Length, stride, weights.Length, output.Length);
        ref var source = ref MemoryMarshal.GetReference(input);
        ref var target = ref MemoryMarshal.GetReference(output);
        var lanes = Vector<double>.Count;
        var x = 0;
        for (; x <= output.Length - (4 * lanes); x += 4 * lanes)
        {
            var (a, b, c, d) = (Vector<double>.Zero, Vector<double>.Zero, Vector<double>.Zero, Vector<double>.Zero);
            for (var t = 0; t < weights.Length; t++)
            {
                var w = new Vector<double>(weights[t]);
                var at = (nuint)((t * stride) + x);
                a += w * Vector.LoadUnsafe(ref source, at);
                b += w * Vector.LoadUnsafe(ref source, at + (nuint)lanes);
                c += w * Vector.LoadUnsafe(ref source, at + (nuint)(2 * lanes));
                d += w * Vector.LoadUnsafe(ref source, at + (nuint)(3 * lanes));
            }

            a.StoreUnsafe(ref target, (nuint)x);
            b.StoreUnsafe(ref target, (nuint)(x + lanes));
            c.StoreUnsafe(ref target, (nuint)(x + (2 * lanes)));
            d.StoreUnsafe(ref target, (nuint)(x + (3 * lanes)));
        }

        for (; x < output.Length; x++)
        {
            var sum = 0.0;
            for (var t = 0; t < weights.Length; t++)
            {
                sum += weights[t] * input[(t * stride) + x];
            }

            output[x] = sum;
        }
    }

    /// <summary>The same from single precision.</summary>
    public static void Combine(ReadOnlySpan<float> input, int stride, ReadOnlySpan<double> weights, Span<double> output)
    {
        CheckReach(input.Length, stride, weights.Length, output.Length);
        ref var source = ref MemoryMarshal.GetReference(input);
        ref var target = ref MemoryMarshal.GetReference(output);
        var lanes = Vector<double>.Count;
        var x = 0;
        for (; x <= output.Length - (4 * lanes); x += 4 * lanes)
        {
            var (a, b, c, d) = (Vector<double>.Zero, Vector<double>.Zero, Vector<double>.Zero, Vector<double>.Zero);
            for (var t = 0; t < weights.Length; t++)
            {
                var w = new Vector<double>(weights[t]);
                var at = (nuint)((t * stride) + x);
                Vector.Widen(Vector.LoadUnsafe(ref source, at), out var first, out var second);
                Vector.Widen(Vector.LoadUnsafe(ref source, at + (nuint)(2 * lanes)), out var third, out var fourth);
                a += w * first;
                b += w * second;
                c += w * third;
                d += w * fourth;
            }

            a.StoreUnsafe(ref target, (nuint)x);
            b.StoreUnsafe(ref target, (nuint)(x + lanes));
            c.StoreUnsafe(ref target, (nuint)(x + (2 * lanes)));
            d.StoreUnsafe(ref target, (nuint)(x + (3 * lanes)));
        }

        for (; x < output.Length; x++)
        {
            var sum = 0.0;
            for (var t = 0; t < weights.Length; t++)
            {
                sum += weights[t] * input[(t * stride) + x];
            }

            output[x] = sum;
        }
    }

    private static void CheckReach(int inputLength, int stride, int taps, int width)
    {
        // The vector loads below are unchecked.
        if (((taps - 1) * (long)stride) + width > inputLength)
        {
            throw new ArgumentException($"{taps} rows of stride {stride} do not fit an input of {inputLength} values.", nameof(inputLength));
        }
    }
}

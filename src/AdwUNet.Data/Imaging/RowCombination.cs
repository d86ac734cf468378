using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace AdwUNet.Imaging;

/// <summary>
/// The inner loop of resizing: one output row is the weighted sum of a few input rows. Products and sums are rounded one
/// by one (no fused multiply-add) and every lane is a value of its own, so every machine gets the same bits.
/// </summary>
internal static class RowCombination
{
    private static readonly int Lanes = Vector512<double>.Count;

    /// <summary>output[x] = Σ over t of weights[t] × input[t·stride + x], accumulated in double.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Combine<T>(ReadOnlySpan<T> input, int stride, ReadOnlySpan<double> weights, Span<double> output)
        where T : unmanaged
    {
        CheckReach(input.Length, stride, weights.Length, output.Length);
        ref var source = ref MemoryMarshal.GetReference(input);
        ref var target = ref MemoryMarshal.GetReference(output);
        var x = 0;
        for (; x <= output.Length - (4 * Lanes); x += 4 * Lanes)
        {
            var (a, b, c, d) = (Vector512<double>.Zero, Vector512<double>.Zero, Vector512<double>.Zero, Vector512<double>.Zero);
            for (var t = 0; t < weights.Length; t++)
            {
                var w = Vector512.Create(weights[t]);
                ref var row = ref Unsafe.Add(ref source, (t * stride) + x);
                a += w * Load(ref row);
                b += w * Load(ref Unsafe.Add(ref row, Lanes));
                c += w * Load(ref Unsafe.Add(ref row, 2 * Lanes));
                d += w * Load(ref Unsafe.Add(ref row, 3 * Lanes));
            }

            a.StoreUnsafe(ref target, (nuint)x);
            b.StoreUnsafe(ref target, (nuint)(x + Lanes));
            c.StoreUnsafe(ref target, (nuint)(x + (2 * Lanes)));
            d.StoreUnsafe(ref target, (nuint)(x + (3 * Lanes)));
        }

        for (; x <= output.Length - Lanes; x += Lanes)
        {
            var sum = Vector512<double>.Zero;
            for (var t = 0; t < weights.Length; t++)
            {
                sum += Vector512.Create(weights[t]) * Load(ref Unsafe.Add(ref source, (t * stride) + x));
            }

            sum.StoreUnsafe(ref target, (nuint)x);
        }

        for (; x < output.Length; x++)
        {
            var sum = 0.0;
            for (var t = 0; t < weights.Length; t++)
            {
                sum += weights[t] * Value(input[(t * stride) + x]);
            }

            output[x] = sum;
        }
    }

    /// <summary>Copies a row in double precision.</summary>
    public static void Widen<T>(ReadOnlySpan<T> input, Span<double> output)
        where T : unmanaged
    {
        ref var source = ref MemoryMarshal.GetReference(input[..output.Length]);
        var x = 0;
        for (; x <= output.Length - Lanes; x += Lanes)
        {
            Load(ref Unsafe.Add(ref source, x)).StoreUnsafe(ref MemoryMarshal.GetReference(output), (nuint)x);
        }

        for (; x < output.Length; x++)
        {
            output[x] = Value(input[x]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double Value<T>(T value) => typeof(T) == typeof(double) ? (double)(object)value! : (float)(object)value!;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> Load<T>(ref T source) => typeof(T) == typeof(double)
        ? Vector512.LoadUnsafe(ref Unsafe.As<T, double>(ref source))
        : Vector512.WidenLower(Vector256.LoadUnsafe(ref Unsafe.As<T, float>(ref source)).ToVector512Unsafe());

    private static void CheckReach(int inputLength, int stride, int taps, int width)
    {
        // The vector loads are unchecked.
        if (((taps - 1) * (long)stride) + width > inputLength)
        {
            throw new ArgumentException($"{taps} rows of stride {stride} do not fit an input of {inputLength} values.", nameof(inputLength));
        }
    }
}

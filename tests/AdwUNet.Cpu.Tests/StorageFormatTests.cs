using System.Runtime.Intrinsics;

namespace AdwUNet.Cpu.Tests;

/// <summary>Conversions of the storage formats, for all bfloat16 values and the float32 values around them.</summary>
public sealed unsafe class StorageFormatTests
{
    private const int Values = 1 << 16;
    private const int Vector = 16;

    [Avx512Fact]
    public void Every_bfloat16_value_loads_exactly()
    {
        var stored = stackalloc ushort[Vector];
        for (var first = 0; first < Values; first += Vector)
        {
            for (var i = 0; i < Vector; i++)
            {
                stored[i] = (ushort)(first + i);
            }

            var loaded = BFloat16Format.Load((byte*)stored).AsUInt32();
            for (var i = 0; i < Vector; i++)
            {
                Assert.Equal((uint)(first + i) << 16, loaded[i]);
            }
        }
    }

    [Avx512Fact]
    public void Float32_values_round_to_the_nearest_even_bfloat16()
    {
        // The lower halves at, beside and between the ties; with all upper halves these are zeros, subnormals, infinities and NaN too.
        uint[] lowers = [0, 1, 0x7fff, 0x8000, 0x8001, 0xffff];
        var stored = stackalloc ushort[2 * Vector];
        var inputs = new float[Vector];
        foreach (var lower in lowers)
        {
            for (var first = 0; first < Values; first += Vector)
            {
                for (var i = 0; i < Vector; i++)
                {
                    inputs[i] = BitConverter.UInt32BitsToSingle(((uint)(first + i) << 16) | lower);
                    BFloat16Format.Store((byte*)(stored + i), inputs[i]);
                }

                CheckRounding(inputs, stored);
                BFloat16Format.Store((byte*)stored, Vector512.Create(inputs));
                CheckRounding(inputs, stored);

                // A step has the pairs of both vectors: one as it is, one reversed.
                BFloat16Format.StoreStep((byte*)stored, Vector512.Create(inputs), Vector512.Create([.. Enumerable.Reverse(inputs)]));
                CheckRounding(inputs, stored, step: 2);
                CheckRounding([.. Enumerable.Reverse(inputs)], stored + 1, step: 2);
            }
        }
    }

    [KernelFact]
    public void Float32_format_keeps_every_bit()
    {
        uint[] patterns = [0, 0x80000000, 1, 0x807fffff, 0x7f800000, 0xff800000, 0x7fc00000, 0x7f800001, 0xffffffff, 0x3f800001, 0x00800000, 0x7f7fffff, 2, 3, 4, 5];
        var values = Vector512.Create(patterns).AsSingle();
        var stored = stackalloc uint[Vector];
        Float32Format.Store((byte*)stored, values);
        Assert.Equal(patterns, new Span<uint>(stored, Vector).ToArray());
        Float32Format.StoreStep((byte*)stored, values, default);
        Assert.Equal(patterns, new Span<uint>(stored, Vector).ToArray());
        Assert.Equal(values.AsUInt32(), Float32Format.Load((byte*)stored).AsUInt32());
    }

    [Avx512Fact]
    public void Interleave_packs_the_pairs_of_two_bfloat16_voxels()
    {
        const int channels = 24;
        var first = stackalloc ushort[channels + Vector];
        var second = stackalloc ushort[channels + Vector];
        var target = stackalloc uint[channels + Vector];
        for (var c = 0; c < channels; c++)
        {
            (first[c], second[c]) = ((ushort)(1000 + c), (ushort)(50_000 + c));
        }

        BFloat16Format.Interleave((byte*)target, (byte*)first, (byte*)second, channels);
        Assert.Equal(
            Enumerable.Range(0, channels).Select(c => (uint)(1000 + c) | ((uint)(50_000 + c) << 16)), new Span<uint>(target, channels).ToArray());
    }

    [KernelFact]
    public void Interleave_copies_a_float32_voxel()
    {
        const int channels = 24;
        var first = stackalloc float[channels + Vector];
        var target = stackalloc float[channels + Vector];
        for (var c = 0; c < channels; c++)
        {
            first[c] = c - 0.5f;
        }

        Float32Format.Interleave((byte*)target, (byte*)first, null, channels);
        Assert.Equal(new Span<float>(first, channels).ToArray(), new Span<float>(target, channels).ToArray());
    }

    private static void CheckRounding(float[] inputs, ushort* stored, int step = 1)
    {
        for (var i = 0; i < inputs.Length; i++)
        {
            var actual = stored[i * step];
            if (float.IsNaN(inputs[i]))
            {
                Assert.True(float.IsNaN(Single(actual)), $"NaN {inputs[i]} is stored as {actual:x4}");
            }
            else if (Nearest(inputs[i]) != actual)
            {
                Assert.Fail($"{inputs[i]:g9} is stored as {actual:x4} instead of {Nearest(inputs[i]):x4}");
            }
        }
    }

    // The definition: of the two neighbours the nearer one, of two equally near ones the even one. The neighbour above the largest finite value
    // counts as 2^128 for this comparison (IEEE 754, section 4.3.1).
    private static ushort Nearest(float value)
    {
        var lower = (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16);
        if (float.IsInfinity(value))
        {
            return lower;
        }

        var upper = (ushort)(lower + 1);
        var (below, above) = (Math.Abs(value - (double)Single(lower)), Math.Abs(Finite(upper) - value));
        return below < above || (below == above && lower % 2 == 0) ? lower : upper;
    }

    private static double Finite(ushort bits) => Single(bits) is var value && float.IsInfinity(value) ? Math.CopySign(Math.Pow(2, 128), value) : value;

    private static float Single(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);
}

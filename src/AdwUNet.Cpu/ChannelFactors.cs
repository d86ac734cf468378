using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using AdwUNet.Networks;

namespace AdwUNet.Cpu;

/// <summary>
/// Rows of factors for each channel of each sample. Each row is repeated up to a whole number of vectors, so that a loop over channels-last voxels
/// can load the factors of 16 consecutive values as one vector.
/// </summary>
internal unsafe class ChannelFactors
{
    private readonly float[] _values;
    private readonly int _rows;

    /// <summary>Allocates the factors without initializing them.</summary>
    /// <param name="samples">Number of samples.</param>
    /// <param name="channels">Channels of a sample.</param>
    /// <param name="rows">Factors of a channel.</param>
    public ChannelFactors(int samples, int channels, int rows)
    {
        (_rows, Channels, Period) = (rows, channels, channels);
        while (Period % 16 != 0)
        {
            Period += channels;
        }

        _values = GC.AllocateUninitializedArray<float>(samples * rows * Period, pinned: true);
    }

    /// <summary>Channels of a sample.</summary>
    public int Channels { get; }

    /// <summary>Number of values after which a row repeats: the least common multiple of the channels and 16.</summary>
    public int Period { get; }

    /// <summary>A row of a sample, repeated up to <see cref="Period"/>.</summary>
    public float* Row(int sample, int row)
    {
        fixed (float* values = &_values[((sample * _rows) + row) * Period])
        {
            return values; // the array is pinned for its whole life
        }
    }

    /// <summary>Sets one factor.</summary>
    public void Set(int sample, int row, int channel, double value)
    {
        var values = Row(sample, row);
        for (var i = channel; i < Period; i += Channels)
        {
            values[i] = (float)value;
        }
    }
}

/// <summary>
/// A scale and a shift for each channel of each sample, followed by LeakyReLU. An instance norm with known statistics, its mask and its activation
/// reduce to this.
/// </summary>
internal sealed unsafe class ChannelAffine(int samples, int channels) : ChannelFactors(samples, channels, rows: 2)
{
    /// <summary>The negative slope of LeakyReLU; the engine declines every other slope.</summary>
    public const float NegativeSlope = (float)ConvUnit.NegativeSlope;

    /// <summary>The scales of a sample; the shifts follow after <see cref="ChannelFactors.Period"/> values.</summary>
    public float* Scale(int sample) => Row(sample, 0);

    /// <summary>The shifts of a sample.</summary>
    public float* Shift(int sample) => Row(sample, 1);

    /// <summary>LeakyReLU(scale · value + shift). NaN propagates.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Activate(Vector512<float> value, Vector512<float> scale, Vector512<float> shift)
    {
        var sum = Vector512.FusedMultiplyAdd(value, scale, shift);
        var negative = sum * NegativeSlope;

        // vmaxps returns the second operand if one is NaN, and then both are NaN.
        return Avx512F.IsSupported
            ? Avx512F.Max(sum, negative)
            : Vector512.Create(Avx.Max(sum.GetLower(), negative.GetLower()), Avx.Max(sum.GetUpper(), negative.GetUpper()));
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using AdwUNet.Networks;

namespace AdwUNet.Cpu;

/// <summary>
/// A scale and a shift for each channel of each sample, after which comes LeakyReLU: all that is left of an instance norm once its
/// statistics are known.
/// </summary>
internal sealed unsafe class ChannelAffine(int samples, int channels) : ChannelFactors(samples, channels, rows: 2)
{
    /// <summary>The slope of LeakyReLU below 0 of every unit that the engine accepts.</summary>
    public const float NegativeSlope = (float)ConvUnit.NegativeSlope;

    /// <summary>The scales of a sample; its shifts follow them.</summary>
    public float* Scale(int sample) => Row(sample, 0);

    /// <summary>The shifts of a sample.</summary>
    public float* Shift(int sample) => Row(sample, 1);

    /// <summary>LeakyReLU(scale · value + shift).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Activate(Vector512<float> value, Vector512<float> scale, Vector512<float> shift)
    {
        var sum = Vector512.FusedMultiplyAdd(value, scale, shift);
        return Avx512F.Max(sum, sum * NegativeSlope); // where one is no number, the second, and then both are none
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace AdwUNet.Cpu;

/// <summary>The number format of values in memory. All arithmetic is in float32.</summary>
internal unsafe interface IStorageFormat
{
    /// <summary>Bytes of a value.</summary>
    static abstract int Size { get; }

    /// <summary>Values in one step of a <see cref="TileKernel"/>: 4 bytes.</summary>
    static abstract int PerStep { get; }

    /// <summary>The epilogue that overwrites C in this format.</summary>
    static abstract Epilogue StoreEpilogue { get; }

    /// <summary>The epilogue that accumulates into C in this format.</summary>
    static abstract Epilogue AccumulateEpilogue { get; }

    /// <summary>Loads 16 values.</summary>
    static abstract Vector512<float> Load(byte* place);

    /// <summary>Stores 16 values, rounded to nearest even.</summary>
    static abstract void Store(byte* place, Vector512<float> values);

    /// <summary>Stores one value, rounded to nearest even.</summary>
    static abstract void Store(byte* place, float value);

    /// <summary>
    /// Packs one step of a <see cref="TileKernel"/>, 4 bytes for each channel: a value of <paramref name="first"/> (float32), or a pair of values of
    /// both voxels (bfloat16). Reads and writes up to 15 more channels.
    /// </summary>
    static abstract void Interleave(byte* target, byte* first, byte* second, int channels);

    /// <summary>Packs one step of 16 channels in the same way, from float32 values rounded to nearest even.</summary>
    static abstract void StoreStep(byte* target, Vector512<float> first, Vector512<float> second);
}

/// <summary>bfloat16: the upper 16 bits of a float32.</summary>
internal readonly unsafe struct BFloat16Format : IStorageFormat
{
    private const ushort QuietNaN = 0x7fc0; // stored for every NaN, because rounding could carry the digits of a NaN into the exponent and sign

    public static int Size => 2;

    public static int PerStep => 2;

    public static Epilogue StoreEpilogue => Epilogue.StoreBFloat16;

    public static Epilogue AccumulateEpilogue => Epilogue.AccumulateBFloat16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(byte* place) =>
        (Avx512F.ConvertToVector512UInt32(Vector256.Load((ushort*)place)) << 16).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(byte* place, Vector512<float> values) =>
        Avx512F.ConvertToVector256UInt16(Rounded(values) >>> 16).Store((ushort*)place);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(byte* place, float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        *(ushort*)place = float.IsNaN(value) ? QuietNaN
            : (ushort)((bits + ((bits >> 16) & 1) + 0x7fff) >> 16);
    }

    public static void Interleave(byte* target, byte* first, byte* second, int channels)
    {
        for (var i = 0; i < channels; i += 16)
        {
            var low = Avx512F.ConvertToVector512UInt32(Vector256.Load((ushort*)first + i));
            var high = Avx512F.ConvertToVector512UInt32(Vector256.Load((ushort*)second + i));
            (low | (high << 16)).Store((uint*)target + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreStep(byte* target, Vector512<float> first, Vector512<float> second) =>
        ((Rounded(first) >>> 16) | (Rounded(second) & Vector512.Create(0xffff0000u))).Store((uint*)target);

    // The upper 16 bits of each result are the value, the lower ones are arbitrary.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Rounded(Vector512<float> values)
    {
        var bits = values.AsUInt32();
        var odd = (bits >>> 16) & Vector512.Create(1u);
        return Vector512.ConditionalSelect(Vector512.IsNaN(values).AsUInt32(), Vector512.Create((uint)QuietNaN << 16), bits + odd + Vector512.Create(0x7fffu));
    }
}

/// <summary>float32.</summary>
internal readonly unsafe struct Float32Format : IStorageFormat
{
    public static int Size => sizeof(float);

    public static int PerStep => 1;

    public static Epilogue StoreEpilogue => Epilogue.StoreFloat32;

    public static Epilogue AccumulateEpilogue => Epilogue.AccumulateFloat32;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(byte* place) => Vector512.Load((float*)place);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(byte* place, Vector512<float> values) => values.Store((float*)place);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(byte* place, float value) => *(float*)place = value;

    public static void Interleave(byte* target, byte* first, byte* second, int channels)
    {
        for (var i = 0; i < channels; i += 16)
        {
            Vector512.Load((float*)first + i).Store((float*)target + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreStep(byte* target, Vector512<float> first, Vector512<float> second) => first.Store((float*)target);
}

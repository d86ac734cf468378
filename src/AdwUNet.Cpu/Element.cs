using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace AdwUNet.Cpu;

/// <summary>How numbers are kept in memory; all arithmetic is in single precision.</summary>
internal unsafe interface IElement
{
    /// <summary>Bytes of a number.</summary>
    static abstract int Size { get; }

    /// <summary>Numbers in a step of a <see cref="TileKernel"/>.</summary>
    static abstract int PerStep { get; }

    /// <summary>How a tile is stored.</summary>
    static abstract TileOutput Output { get; }

    /// <summary>How a tile is added.</summary>
    static abstract TileOutput Add { get; }

    /// <summary>16 numbers.</summary>
    static abstract Vector512<float> Load(byte* place);

    /// <summary>Rounds 16 numbers, ties to even.</summary>
    static abstract void Store(byte* place, Vector512<float> values);

    /// <summary>Writes one number, rounded.</summary>
    static abstract void Store(byte* place, float value);

    /// <summary>
    /// Writes a step of a <see cref="TileKernel"/>, 4 bytes a channel: the numbers of a voxel, or pairs of those of two. Reads and writes
    /// up to 15 channels more.
    /// </summary>
    static abstract void Interleave(byte* target, byte* first, byte* second, int channels);

    /// <summary>Writes such a step of 16 channels, rounded: the numbers of the first, or pairs of those of both.</summary>
    static abstract void StoreStep(byte* target, Vector512<float> first, Vector512<float> second);
}

/// <summary>The upper half of a float.</summary>
internal readonly unsafe struct BFloat16Element : IElement
{
    private const ushort QuietNaN = 0x7fc0; // instead of one whose digits rounding up would carry into the sign

    public static int Size => 2;

    public static int PerStep => 2;

    public static TileOutput Output => TileOutput.BFloat16;

    public static TileOutput Add => TileOutput.AddBFloat16;

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

    // The upper halves are the numbers, the lower ones anything.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Rounded(Vector512<float> values)
    {
        var bits = values.AsUInt32();
        var odd = (bits >>> 16) & Vector512.Create(1u);
        return Vector512.ConditionalSelect(Vector512.IsNaN(values).AsUInt32(), Vector512.Create((uint)QuietNaN << 16), bits + odd + Vector512.Create(0x7fffu));
    }
}

/// <summary>A float as it is.</summary>
internal readonly unsafe struct SingleElement : IElement
{
    public static int Size => sizeof(float);

    public static int PerStep => 1;

    public static TileOutput Output => TileOutput.Single;

    public static TileOutput Add => TileOutput.AddSingle;

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

using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace AdwUNet.Imaging;

/// <summary>Stored bytes to numbers and back.</summary>
internal static class VoxelCodec
{
    /// <summary>Turns stored voxels into scaled values. Changes the bytes, if their order is not the machine's.</summary>
    public static void Decode<T>(Span<byte> bytes, VoxelEncoding encoding, Span<T> values)
        where T : unmanaged, INumber<T>
    {
        if (encoding.IsBigEndian == BitConverter.IsLittleEndian) Reverse(bytes, encoding.Type.Size());
        switch (encoding.Type)
        {
            case NiftiDataType.UInt8: Convert<byte, T>(bytes, encoding, values); break;
            case NiftiDataType.Int8: Convert<sbyte, T>(bytes, encoding, values); break;
            case NiftiDataType.UInt16: Convert<ushort, T>(bytes, encoding, values); break;
            case NiftiDataType.Int16: Convert<short, T>(bytes, encoding, values); break;
            case NiftiDataType.UInt32: Convert<uint, T>(bytes, encoding, values); break;
            case NiftiDataType.Int32: Convert<int, T>(bytes, encoding, values); break;
            case NiftiDataType.UInt64: Convert<ulong, T>(bytes, encoding, values); break;
            case NiftiDataType.Int64: Convert<long, T>(bytes, encoding, values); break;
            case NiftiDataType.Float32: Convert<float, T>(bytes, encoding, values); break;
            case NiftiDataType.Float64: Convert<double, T>(bytes, encoding, values); break;
            default: throw new ArgumentOutOfRangeException(nameof(encoding));
        }
    }

    /// <summary>The opposite: the stored form of values; whole-number types are rounded and limited to their range.</summary>
    public static void Encode<T>(ReadOnlySpan<T> values, VoxelEncoding encoding, Span<byte> bytes)
        where T : unmanaged, INumber<T>
    {
        switch (encoding.Type)
        {
            case NiftiDataType.UInt8: Store<T, byte>(values, encoding, bytes); break;
            case NiftiDataType.Int8: Store<T, sbyte>(values, encoding, bytes); break;
            case NiftiDataType.UInt16: Store<T, ushort>(values, encoding, bytes); break;
            case NiftiDataType.Int16: Store<T, short>(values, encoding, bytes); break;
            case NiftiDataType.UInt32: Store<T, uint>(values, encoding, bytes); break;
            case NiftiDataType.Int32: Store<T, int>(values, encoding, bytes); break;
            case NiftiDataType.UInt64: Store<T, ulong>(values, encoding, bytes); break;
            case NiftiDataType.Int64: Store<T, long>(values, encoding, bytes); break;
            case NiftiDataType.Float32: Store<T, float>(values, encoding, bytes); break;
            case NiftiDataType.Float64: Store<T, double>(values, encoding, bytes); break;
            default: throw new ArgumentOutOfRangeException(nameof(encoding));
        }

        if (encoding.IsBigEndian == BitConverter.IsLittleEndian) Reverse(bytes, encoding.Type.Size());
    }

    private static void Reverse(Span<byte> bytes, int size)
    {
        switch (size)
        {
            case sizeof(ushort):
                var words = MemoryMarshal.Cast<byte, ushort>(bytes);
                BinaryPrimitives.ReverseEndianness(words, words);
                break;
            case sizeof(uint):
                var doubleWords = MemoryMarshal.Cast<byte, uint>(bytes);
                BinaryPrimitives.ReverseEndianness(doubleWords, doubleWords);
                break;
            case sizeof(ulong):
                var quadWords = MemoryMarshal.Cast<byte, ulong>(bytes);
                BinaryPrimitives.ReverseEndianness(quadWords, quadWords);
                break;
            default:
                break;
        }
    }

    private static void Convert<TStored, T>(ReadOnlySpan<byte> bytes, VoxelEncoding encoding, Span<T> values)
        where TStored : unmanaged, INumber<TStored>
        where T : unmanaged, INumber<T>
    {
        var stored = MemoryMarshal.Cast<byte, TStored>(bytes);
        values = values[..stored.Length];
        if (!encoding.IsUnscaled)
        {
            var (slope, intercept) = (encoding.Slope, encoding.Intercept);
            for (var i = 0; i < stored.Length; i++)
                values[i] = T.CreateTruncating(double.CreateTruncating(stored[i]) * slope + intercept);
        }
        else if (typeof(TStored) == typeof(T))
        {
            bytes.CopyTo(MemoryMarshal.AsBytes(values));
        }
        else
        {
            for (var i = 0; i < stored.Length; i++) values[i] = T.CreateTruncating(stored[i]);
        }
    }

    private static void Store<T, TStored>(ReadOnlySpan<T> values, VoxelEncoding encoding, Span<byte> bytes)
        where T : unmanaged, INumber<T>
        where TStored : unmanaged, INumber<TStored>
    {
        var stored = MemoryMarshal.Cast<byte, TStored>(bytes)[..values.Length];
        var (slope, intercept) = (encoding.Slope, encoding.Intercept);
        var isWhole = encoding.Type is not (NiftiDataType.Float32 or NiftiDataType.Float64);
        for (var i = 0; i < stored.Length; i++)
        {
            var value = (double.CreateTruncating(values[i]) - intercept) / slope;
            stored[i] = TStored.CreateSaturating(isWhole ? Math.Round(value) : value);
        }
    }
}

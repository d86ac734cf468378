using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace AdwUNet.Imaging;

/// <summary>Stored bytes to numbers and back.</summary>
internal static class NiftiVoxels
{
    /// <summary>Turns stored voxels into scaled values. Changes the bytes, if their order is not the machine's.</summary>
    public static void Decode<T>(Span<byte> bytes, NiftiHeader header, Span<T> values)
        where T : unmanaged, INumber<T>
    {
        if (header.IsBigEndian == BitConverter.IsLittleEndian) Reverse(bytes, header.DataType.Size());
        switch (header.DataType)
        {
            case NiftiDataType.UInt8: Convert<byte, T>(bytes, header, values); break;
            case NiftiDataType.Int8: Convert<sbyte, T>(bytes, header, values); break;
            case NiftiDataType.UInt16: Convert<ushort, T>(bytes, header, values); break;
            case NiftiDataType.Int16: Convert<short, T>(bytes, header, values); break;
            case NiftiDataType.UInt32: Convert<uint, T>(bytes, header, values); break;
            case NiftiDataType.Int32: Convert<int, T>(bytes, header, values); break;
            case NiftiDataType.UInt64: Convert<ulong, T>(bytes, header, values); break;
            case NiftiDataType.Int64: Convert<long, T>(bytes, header, values); break;
            case NiftiDataType.Float32: Convert<float, T>(bytes, header, values); break;
            case NiftiDataType.Float64: Convert<double, T>(bytes, header, values); break;
            default: throw new ArgumentOutOfRangeException(nameof(header));
        }
    }

    /// <summary>The opposite: the stored form of values; whole-number types are rounded and limited to their range.</summary>
    public static void Encode<T>(ReadOnlySpan<T> values, NiftiHeader header, Span<byte> bytes)
        where T : unmanaged, INumber<T>
    {
        switch (header.DataType)
        {
            case NiftiDataType.UInt8: Store<T, byte>(values, header, bytes); break;
            case NiftiDataType.Int8: Store<T, sbyte>(values, header, bytes); break;
            case NiftiDataType.UInt16: Store<T, ushort>(values, header, bytes); break;
            case NiftiDataType.Int16: Store<T, short>(values, header, bytes); break;
            case NiftiDataType.UInt32: Store<T, uint>(values, header, bytes); break;
            case NiftiDataType.Int32: Store<T, int>(values, header, bytes); break;
            case NiftiDataType.UInt64: Store<T, ulong>(values, header, bytes); break;
            case NiftiDataType.Int64: Store<T, long>(values, header, bytes); break;
            case NiftiDataType.Float32: Store<T, float>(values, header, bytes); break;
            case NiftiDataType.Float64: Store<T, double>(values, header, bytes); break;
            default: throw new ArgumentOutOfRangeException(nameof(header));
        }

        if (header.IsBigEndian == BitConverter.IsLittleEndian) Reverse(bytes, header.DataType.Size());
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

    private static void Convert<TStored, T>(ReadOnlySpan<byte> bytes, NiftiHeader header, Span<T> values)
        where TStored : unmanaged, INumber<TStored>
        where T : unmanaged, INumber<T>
    {
        var stored = MemoryMarshal.Cast<byte, TStored>(bytes);
        values = values[..stored.Length];
        if (!header.IsUnscaled)
        {
            var (slope, intercept) = (header.Slope, header.Intercept);
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

    private static void Store<T, TStored>(ReadOnlySpan<T> values, NiftiHeader header, Span<byte> bytes)
        where T : unmanaged, INumber<T>
        where TStored : unmanaged, INumber<TStored>
    {
        var stored = MemoryMarshal.Cast<byte, TStored>(bytes)[..values.Length];
        var (slope, intercept) = (header.Slope, header.Intercept);
        var isWhole = header.DataType is not (NiftiDataType.Float32 or NiftiDataType.Float64);
        for (var i = 0; i < stored.Length; i++)
        {
            var value = (double.CreateTruncating(values[i]) - intercept) / slope;
            stored[i] = TStored.CreateSaturating(isWhole ? Math.Round(value) : value);
        }
    }
}

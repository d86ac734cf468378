using System.Buffers.Binary;
using System.Text;

namespace AdwUNet.Imaging;

/// <summary>Reads and writes single fields of a header in its byte order.</summary>
internal readonly ref struct NiftiFields(Span<byte> bytes, bool bigEndian)
{
    private readonly Span<byte> _bytes = bytes;

    public long Integer(int offset, int size)
    {
        var field = _bytes.Slice(offset, size);
        return size switch
        {
            1 => field[0],
            2 => bigEndian ? BinaryPrimitives.ReadInt16BigEndian(field) : BinaryPrimitives.ReadInt16LittleEndian(field),
            4 => bigEndian ? BinaryPrimitives.ReadInt32BigEndian(field) : BinaryPrimitives.ReadInt32LittleEndian(field),
            _ => bigEndian ? BinaryPrimitives.ReadInt64BigEndian(field) : BinaryPrimitives.ReadInt64LittleEndian(field),
        };
    }

    public void SetInteger(int offset, int size, long value)
    {
        var field = _bytes.Slice(offset, size);
        Span<byte> whole = stackalloc byte[sizeof(long)];
        if (bigEndian)
        {
            BinaryPrimitives.WriteInt64BigEndian(whole, value);
            whole[^size..].CopyTo(field);
        }
        else
        {
            BinaryPrimitives.WriteInt64LittleEndian(whole, value);
            whole[..size].CopyTo(field);
        }
    }

    public double Real(int offset, int size)
    {
        var bits = Integer(offset, size);
        return size == sizeof(float) ? BitConverter.Int32BitsToSingle((int)bits) : BitConverter.Int64BitsToDouble(bits);
    }

    public double[] Reals(int offset, int size, int count)
    {
        var values = new double[count];
        for (var i = 0; i < count; i++) values[i] = Real(offset + i * size, size);
        return values;
    }

    public void SetReal(int offset, int size, double value) => SetInteger(
        offset, size, size == sizeof(float) ? BitConverter.SingleToInt32Bits((float)value) : BitConverter.DoubleToInt64Bits(value));

    public void SetReals(int offset, int size, IReadOnlyList<double> values)
    {
        for (var i = 0; i < values.Count; i++) SetReal(offset + i * size, size, values[i]);
    }

    /// <summary>Text up to the first 0 byte.</summary>
    public string Text(int offset, int length)
    {
        var field = _bytes.Slice(offset, length);
        var end = field.IndexOf((byte)0);
        return Encoding.Latin1.GetString(end < 0 ? field : field[..end]);
    }

    /// <summary>Writes text, cut so that a 0 byte follows.</summary>
    public void SetText(int offset, int length, string text)
    {
        var encoded = Encoding.Latin1.GetBytes(text);
        encoded.AsSpan(0, Math.Min(encoded.Length, length - 1)).CopyTo(_bytes.Slice(offset, length));
    }
}

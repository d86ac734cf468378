using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using AdwUNet.Datasets;

namespace AdwUNet.Tests.Golden;

/// <summary>One little-endian NumPy array, its values in C order however they are stored.</summary>
public sealed partial class Npy
{
    private readonly byte[] _bytes;

    private Npy(string type, int[] shape, byte[] bytes) => (Type, Shape, _bytes) = (type, shape, bytes);

    /// <summary>NumPy's type code without byte order: f4, f8, i1, i8, b1 ...</summary>
    public string Type { get; }

    public int[] Shape { get; }

    public static Npy Read(Stream stream)
    {
        using var reader = new BinaryReader(stream);
        var start = reader.ReadBytes(8);
        if (start[0] != 0x93)
        {
            throw new InvalidDataException("not a .npy file");
        }

        var length = start[6] == 1 ? reader.ReadUInt16() : reader.ReadInt32();
        var header = Encoding.ASCII.GetString(reader.ReadBytes(length));
        var match = Header().Match(header);
        if (!match.Success)
        {
            throw new InvalidDataException($"unexpected .npy header {header}");
        }

        var shape = match.Groups["shape"].Value
            .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(text => int.Parse(text, CultureInfo.InvariantCulture))
            .ToArray();
        using var rest = new MemoryStream();
        stream.CopyTo(rest);
        var values = rest.ToArray();
        return new Npy(
            match.Groups["type"].Value, shape, match.Groups["order"].Value == "True" ? FromFortranOrder(values, shape) : values);
    }

    public static Npy Read(string path)
    {
        using var stream = File.OpenRead(path);
        return Read(stream);
    }

    /// <summary>The values as they are stored.</summary>
    public T[] Values<T>()
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(_bytes).ToArray();

    /// <summary>The values whatever their type.</summary>
    public double[] ToDoubles() => Type switch
    {
        "f8" => Values<double>(),
        "f4" => Array.ConvertAll(Values<float>(), x => (double)x),
        "i8" => Array.ConvertAll(Values<long>(), x => (double)x),
        "i4" => Array.ConvertAll(Values<int>(), x => (double)x),
        "i2" => Array.ConvertAll(Values<short>(), x => (double)x),
        "i1" => Array.ConvertAll(Values<sbyte>(), x => (double)x),
        "u1" or "b1" => Array.ConvertAll(_bytes, x => (double)x),
        _ => throw new NotSupportedException($".npy type {Type}"),
    };

    public float[] ToFloats() => Type == "f4" ? Values<float>() : Array.ConvertAll(ToDoubles(), x => (float)x);

    private static byte[] FromFortranOrder(byte[] stored, int[] shape)
    {
        var ordered = new byte[stored.Length];
        var count = shape.Aggregate(1, (product, size) => product * size);
        var width = stored.Length / Math.Max(count, 1);
        var index = new int[shape.Length];
        for (var target = 0; target < count; target++)
        {
            var (source, stride) = (0, 1);
            for (var axis = 0; axis < shape.Length; axis++)
            {
                source += index[axis] * stride;
                stride *= shape[axis];
            }

            stored.AsSpan(source * width, width).CopyTo(ordered.AsSpan(target * width));
            for (var axis = shape.Length - 1; axis >= 0 && ++index[axis] == shape[axis]; axis--) index[axis] = 0;
        }

        return ordered;
    }

    [GeneratedRegex(@"'descr': '[<|](?<type>\w+)', 'fortran_order': (?<order>\w+), 'shape': \((?<shape>[^)]*)\)")]
    private static partial Regex Header();
}

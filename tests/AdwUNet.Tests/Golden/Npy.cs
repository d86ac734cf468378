using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace AdwUNet.Tests.Golden;

/// <summary>One little-endian, C-ordered NumPy array.</summary>
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
        if (!match.Success || match.Groups["order"].Value != "False")
        {
            throw new InvalidDataException($"unexpected .npy header {header}");
        }

        var shape = match.Groups["shape"].Value
            .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(text => int.Parse(text, CultureInfo.InvariantCulture))
            .ToArray();
        using var rest = new MemoryStream();
        stream.CopyTo(rest);
        return new Npy(match.Groups["type"].Value, shape, rest.ToArray());
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

    [GeneratedRegex(@"'descr': '[<|](?<type>\w+)', 'fortran_order': (?<order>\w+), 'shape': \((?<shape>[^)]*)\)")]
    private static partial Regex Header();
}

using System.Buffers.Binary;
using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Storage;

/// <summary>One tensor of a safetensors file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">The type of its numbers.</param>
/// <param name="Shape">Its sizes.</param>
/// <param name="Start">Where its bytes start, counted from the end of the header.</param>
/// <param name="Length">How many bytes it has.</param>
internal sealed record SafetensorsEntry(string Name, ScalarType Type, long[] Shape, long Start, long Length);

/// <summary>One tensor to be written.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">The type of its numbers.</param>
/// <param name="Shape">Its sizes.</param>
/// <param name="Write">Writes its numbers.</param>
internal sealed record SafetensorsContent(string Name, ScalarType Type, long[] Shape, Action<Stream> Write);

/// <summary>The header of a safetensors file; one that was read describes every byte of its file exactly once.</summary>
internal sealed class SafetensorsHeader
{
    private const int LengthBytes = 8;
    private const long LargestHeader = 100_000_000; // of the format's own reader
    private const string MetadataKey = "__metadata__";

    private static readonly Dictionary<string, ScalarType> Types = new()
    {
        ["F64"] = ScalarType.Float64,
        ["F32"] = ScalarType.Float32,
        ["F16"] = ScalarType.Float16,
        ["BF16"] = ScalarType.BFloat16,
        ["I64"] = ScalarType.Int64,
        ["I32"] = ScalarType.Int32,
        ["I16"] = ScalarType.Int16,
        ["I8"] = ScalarType.Int8,
        ["U8"] = ScalarType.Byte,
        ["BOOL"] = ScalarType.Bool,
    };

    private SafetensorsHeader(IReadOnlyList<SafetensorsEntry> entries, IReadOnlyDictionary<string, string> metadata) =>
        (Entries, Metadata) = (entries, metadata);

    /// <summary>The tensors in the order of their bytes.</summary>
    public IReadOnlyList<SafetensorsEntry> Entries { get; }

    /// <summary>Texts stored along.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The header of tensors that follow one another.</summary>
    public static SafetensorsHeader Of(string path, IEnumerable<SafetensorsContent> contents, IReadOnlyDictionary<string, string> metadata)
    {
        var entries = new List<SafetensorsEntry>();
        long offset = 0;
        foreach (var (name, type, shape, _) in contents)
        {
            if (name == MetadataKey || !Types.ContainsValue(type))
            {
                throw new SafetensorsException($"{path} cannot hold the tensor '{name}' of type {type}; convert or rename it.");
            }

            var bytes = shape.Aggregate((long)type.ElementSize(), (product, size) => product * size);
            entries.Add(new(name, type, shape, offset, bytes));
            offset += bytes;
        }

        return new(entries, metadata);
    }

    /// <summary>Writes the length and the header.</summary>
    public void Write(Stream stream)
    {
        var content = new Dictionary<string, object>();
        if (Metadata.Count > 0)
        {
            content[MetadataKey] = Metadata;
        }

        foreach (var entry in Entries)
        {
            content[entry.Name] = new
            {
                dtype = Types.First(type => type.Value == entry.Type).Key,
                shape = entry.Shape,
                data_offsets = new[] { entry.Start, entry.Start + entry.Length },
            };
        }

        // The data starts at a multiple of 8, as the format's own writer does; spaces may follow the JSON.
        var json = JsonSerializer.SerializeToUtf8Bytes(content);
        var length = (json.Length + LengthBytes - 1) / LengthBytes * LengthBytes;
        Span<byte> prefix = stackalloc byte[LengthBytes];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, length);
        stream.Write(prefix);
        stream.Write(json);
        stream.Write(Enumerable.Repeat((byte)' ', length - json.Length).ToArray());
    }

    /// <summary>Reads the header and leaves the stream at the first tensor.</summary>
    /// <exception cref="SafetensorsException">The file is damaged or of another format.</exception>
    public static SafetensorsHeader Read(string path, Stream stream)
    {
        var json = ReadJson(path, stream);
        var metadata = new Dictionary<string, string>();
        var entries = new Dictionary<string, SafetensorsEntry>();
        try
        {
            using var document = JsonDocument.Parse(json);
            foreach (var property in document.RootElement.EnumerateObject())
            {
                if (property.Name == MetadataKey)
                {
                    metadata = property.Value.ValueKind == JsonValueKind.Null ? [] // some writers put null where there is none
                        : property.Value.ValueKind == JsonValueKind.Object
                        ? property.Value.EnumerateObject().ToDictionary(text => text.Name, text => ReadText(path, text))
                        : throw new SafetensorsException($"{path}: the header's {MetadataKey} is {property.Value.ValueKind}, not an object of strings; write it again.");
                }
                else if (!entries.TryAdd(property.Name, ReadEntry(path, property)))
                {
                    throw new SafetensorsException($"{path} names the tensor '{property.Name}' twice; write it again.");
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or KeyNotFoundException or ArgumentException)
        {
            throw new SafetensorsException($"{path} is not a safetensors file: its header is invalid ({e.Message.TrimEnd('.')}).", e);
        }

        SafetensorsEntry[] ordered = [.. entries.Values.OrderBy(entry => entry.Start).ThenBy(entry => entry.Length)];
        RequireEveryByteOnce(path, ordered, stream.Length - stream.Position);
        return new(ordered, metadata);
    }

    private static byte[] ReadJson(string path, Stream stream)
    {
        if (stream.Length < LengthBytes)
        {
            throw new SafetensorsException($"{path} has only {stream.Length} bytes; it is not a safetensors file.");
        }

        Span<byte> prefix = stackalloc byte[LengthBytes];
        stream.ReadExactly(prefix);
        var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > (ulong)Math.Min(stream.Length - LengthBytes, LargestHeader))
        {
            throw new SafetensorsException(
                $"{path} announces a header of {length} bytes but has {stream.Length} in all (at most {LargestHeader} are allowed); it is cut off or not a safetensors file.");
        }

        var json = new byte[length];
        stream.ReadExactly(json);
        return json;
    }

    private static string ReadText(string path, JsonProperty text)
    {
        if (text.Value.ValueKind != JsonValueKind.String)
        {
            throw new SafetensorsException($"{path}: the header's {MetadataKey} has {text.Value.ValueKind} under '{text.Name}', but only strings are allowed; write it again.");
        }

        try
        {
            return text.Value.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new SafetensorsException($"{path}: the header's {MetadataKey} has an unpaired surrogate under '{text.Name}'; write it again.", e);
        }
    }

    private static SafetensorsEntry ReadEntry(string path, JsonProperty property)
    {
        string typeName;
        long[] shape, offsets;
        try
        {
            typeName = property.Value.GetProperty("dtype").GetString() ?? string.Empty;
            shape = Numbers(property.Value.GetProperty("shape"));
            offsets = Numbers(property.Value.GetProperty("data_offsets"));
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException or KeyNotFoundException)
        {
            throw new SafetensorsException(
                $"{path}: the header's entry '{property.Name}' is not a tensor: expected a dtype (text), a shape and data_offsets (lists of whole numbers); write the file again.", e);
        }

        if (!Types.TryGetValue(typeName, out var type))
        {
            throw new SafetensorsException(
                $"{path}: the tensor '{property.Name}' has the type '{typeName}'; convert it to one of {string.Join(", ", Types.Keys)}.");
        }

        if (offsets is not [>= 0, _] || offsets[1] < offsets[0] || Bytes(shape, type) != offsets[1] - offsets[0])
        {
            throw new SafetensorsException(
                $"{path}: the tensor '{property.Name}' of type {typeName} and shape [{string.Join(", ", shape)}] does not fit the bytes [{string.Join(", ", offsets)}] "
                + "that the header gives it; write the file again.");
        }

        return new(property.Name, type, shape, offsets[0], offsets[1] - offsets[0]);
    }

    private static long[] Numbers(JsonElement list) => [.. list.EnumerateArray().Select(number => number.GetInt64())];

    /// <summary>Null when the shape has a negative size or is too large for any file.</summary>
    private static long? Bytes(long[] shape, ScalarType type)
    {
        const int largestRank = 64; // of the tensor library
        if (shape.Length > largestRank || Array.Exists(shape, size => size < 0))
        {
            return null;
        }

        try
        {
            // A size of 0 makes the rest harmless only if the rest fits in itself.
            var bytes = shape.Aggregate((long)type.ElementSize(), (product, size) => checked(product * Math.Max(size, 1)));
            return shape.Contains(0) ? 0 : bytes;
        }
        catch (OverflowException)
        {
            return null;
        }
    }

    private static void RequireEveryByteOnce(string path, SafetensorsEntry[] ordered, long available)
    {
        long end = 0;
        var before = "the header";
        foreach (var entry in ordered)
        {
            if (entry.Start != end)
            {
                throw new SafetensorsException(
                    $"{path}: the tensor '{entry.Name}' starts at byte {entry.Start} of the data, but {before} before it ends at {end}; write the file again.");
            }

            before = $"'{entry.Name}'";

            end += entry.Length;
        }

        if (end != available)
        {
            throw new SafetensorsException(
                $"{path}: the tensors take {end} bytes, but {available} follow the header; the file is cut off or something was appended.");
        }
    }
}

using System.Buffers.Binary;
using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Training;

/// <summary>
/// Tensors by name in the safetensors format: a length, a JSON header, the raw numbers. Loading one can run no code.
/// </summary>
public static class Safetensors
{
    private const int LengthBytes = 8;
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

    /// <summary>Writes tensors; the file is replaced as a whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="tensors">By name; any device, any shape.</param>
    /// <param name="metadata">Texts to store along.</param>
    public static void Save(string path, IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string>? metadata = null) =>
        AtomicFile.Write(path, stream => Write(stream, tensors, metadata ?? new Dictionary<string, string>()));

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The tensors on the CPU, which the caller disposes, and the texts stored along.</returns>
    /// <exception cref="SafetensorsException">The file is missing, damaged or of another format.</exception>
    public static (Dictionary<string, Tensor> Tensors, Dictionary<string, string> Metadata) Load(string path)
    {
        if (!File.Exists(path))
        {
            throw new SafetensorsException($"There is no file {path}.");
        }

        using var stream = File.OpenRead(path);
        var header = ReadHeader(path, stream);
        var tensors = new Dictionary<string, Tensor>();
        var metadata = new Dictionary<string, string>();
        try
        {
            foreach (var property in header.RootElement.EnumerateObject())
            {
                if (property.Name == MetadataKey)
                {
                    metadata = property.Value.Deserialize<Dictionary<string, string>>() ?? [];
                }
                else if (!tensors.TryAdd(property.Name, ReadTensor(path, stream, property)))
                {
                    throw new SafetensorsException($"{path} names the tensor '{property.Name}' twice.");
                }
            }
        }
        catch (Exception e)
        {
            foreach (var tensor in tensors.Values)
            {
                tensor.Dispose();
            }

            if (e is JsonException or InvalidOperationException or FormatException or KeyNotFoundException or EndOfStreamException)
            {
                throw new SafetensorsException($"{path} is no safetensors file: {e.Message}", e);
            }

            throw;
        }
        finally
        {
            header.Dispose();
        }

        return (tensors, metadata);
    }

    private static JsonDocument ReadHeader(string path, FileStream stream)
    {
        Span<byte> prefix = stackalloc byte[LengthBytes];
        if (stream.Length < LengthBytes)
        {
            throw new SafetensorsException($"{path} has only {stream.Length} bytes; it is no safetensors file.");
        }

        stream.ReadExactly(prefix);
        var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > (ulong)(stream.Length - LengthBytes))
        {
            throw new SafetensorsException($"{path} announces a header of {length} bytes but has {stream.Length} in all; it is cut off or no safetensors file.");
        }

        var header = new byte[length];
        stream.ReadExactly(header);
        try
        {
            var json = JsonDocument.Parse(header);
            return json.RootElement.ValueKind == JsonValueKind.Object
                ? json
                : throw new SafetensorsException($"{path} is no safetensors file: its header is no JSON object.");
        }
        catch (JsonException e)
        {
            throw new SafetensorsException($"{path} is no safetensors file: its header is no JSON ({e.Message})", e);
        }
    }

    private static Tensor ReadTensor(string path, FileStream stream, JsonProperty entry)
    {
        var typeName = entry.Value.GetProperty("dtype").GetString() ?? string.Empty;
        if (!Types.TryGetValue(typeName, out var type))
        {
            throw new SafetensorsException($"{path}: the tensor '{entry.Name}' has the type {typeName}, which is not supported.");
        }

        var shape = entry.Value.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64()).ToArray();
        var offsets = entry.Value.GetProperty("data_offsets").EnumerateArray().Select(offset => offset.GetInt64()).ToArray();
        var dataStart = HeaderEnd(stream);
        if (offsets is not [>= 0, _] || offsets[1] < offsets[0] || offsets[1] > stream.Length - dataStart
            || shape.Any(size => size < 0) || Bytes(shape, type) != offsets[1] - offsets[0])
        {
            throw new SafetensorsException(
                $"{path}: the tensor '{entry.Name}' of shape [{string.Join(", ", shape)}] does not fit the bytes [{string.Join(", ", offsets)}] that the header gives it.");
        }

        var tensor = empty(shape, type);
        stream.Position = dataStart + offsets[0];
        stream.ReadExactly(tensor.bytes);
        return tensor;
    }

    private static long HeaderEnd(FileStream stream)
    {
        Span<byte> prefix = stackalloc byte[LengthBytes];
        stream.Position = 0;
        stream.ReadExactly(prefix);
        return LengthBytes + BinaryPrimitives.ReadInt64LittleEndian(prefix);
    }

    private static decimal Bytes(long[] shape, ScalarType type) =>
        shape.Aggregate((decimal)type.ElementSize(), (product, size) => product * Math.Min(size, int.MaxValue));

    private static void Write(Stream stream, IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (metadata.Count > 0)
            {
                json.WritePropertyName(MetadataKey);
                JsonSerializer.Serialize(json, metadata);
            }

            long offset = 0;
            foreach (var (name, tensor) in tensors)
            {
                var bytes = tensor.numel() * tensor.dtype.ElementSize();
                json.WriteStartObject(name);
                json.WriteString("dtype", Types.First(pair => pair.Value == tensor.dtype).Key);
                json.WritePropertyName("shape");
                JsonSerializer.Serialize(json, tensor.shape);
                json.WritePropertyName("data_offsets");
                JsonSerializer.Serialize(json, new[] { offset, offset + bytes });
                json.WriteEndObject();
                offset += bytes;
            }

            json.WriteEndObject();
        }

        // The data starts at a multiple of 8, as the format's own writer does; spaces may follow the JSON.
        while (buffer.Length % LengthBytes != 0)
        {
            buffer.WriteByte((byte)' ');
        }

        Span<byte> prefix = stackalloc byte[LengthBytes];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, buffer.Length);
        stream.Write(prefix);
        buffer.WriteTo(stream);
        foreach (var tensor in tensors.Values)
        {
            using var values = tensor.detach().cpu().contiguous();
            stream.Write(values.bytes);
        }
    }
}

/// <summary>A safetensors file that is missing, damaged or does not fit the network.</summary>
public sealed class SafetensorsException(string message, Exception? innerException = null) : AdwUNetException(message, innerException);

using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using AdwUNet.Imaging;

namespace AdwUNet.Planning;

/// <summary>What stands at the start of a preprocessed case's file.</summary>
/// <param name="Id">The case's name.</param>
/// <param name="Source">What the case was made of: sizes and times of the files.</param>
/// <param name="Channels">Number of channels.</param>
/// <param name="Shape">Voxels.</param>
/// <param name="Geometry">The way back to the original image.</param>
/// <param name="Foreground">Per class the number of listed foreground voxels.</param>
internal sealed record CaseHeader(
    string Id,
    string Source,
    int Channels,
    Shape3 Shape,
    CaseGeometry Geometry,
    SortedDictionary<int, int> Foreground);

/// <summary>
/// The file of a preprocessed case, little-endian: 8 bytes of magic, the header's length (int32), the header (JSON), zeros up to
/// a multiple of 64, the image (float32), the labels (int16), zeros up to a multiple of 4, the foreground voxels of each class (int32).
/// </summary>
internal static class CaseFile
{
    public const string Extension = ".case";

    private const int Alignment = 64;
    private const int PrefixLength = 12;

    private static ReadOnlySpan<byte> Magic => "ADWCASE1"u8;

    public static string PathOf(string folder, string id) => Path.Combine(folder, id + Extension);

    public static void Write(string folder, CaseHeader header, PreprocessedVolume volume, SortedDictionary<int, int[]> foreground)
    {
        var json = JsonFile.Serialize(header);
        AtomicFile.Write(PathOf(folder, header.Id), stream =>
        {
            Span<byte> length = stackalloc byte[sizeof(int)];
            BinaryPrimitives.WriteInt32LittleEndian(length, json.Length);
            stream.Write(Magic);
            stream.Write(length);
            stream.Write(json);
            Pad(stream, PrefixLength + json.Length, Alignment);
            stream.Write(MemoryMarshal.AsBytes(volume.Image.Data.AsSpan()));
            stream.Write(MemoryMarshal.AsBytes(volume.Labels.Data.AsSpan()));
            Pad(stream, volume.Labels.Data.Length * (long)sizeof(short), sizeof(int));
            foreach (var voxels in foreground.Values)
            {
                stream.Write(MemoryMarshal.AsBytes(voxels.AsSpan()));
            }
        }, CaseLayout.Of(header, PrefixLength + json.Length, Alignment).Length);
    }

    /// <summary>Reads the header and where the parts lie; the file must be exactly as long as they need.</summary>
    /// <exception cref="PreprocessingException">The file is no whole case.</exception>
    public static (CaseHeader Header, CaseLayout Layout) ReadHeader(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            Span<byte> prefix = stackalloc byte[PrefixLength];
            stream.ReadExactly(prefix);
            var length = BinaryPrimitives.ReadInt32LittleEndian(prefix[Magic.Length..]);
            if (!prefix.StartsWith(Magic) || length <= 0 || length > stream.Length - PrefixLength)
            {
                throw Damaged(path, "it does not begin as one", null);
            }

            var json = new byte[length];
            stream.ReadExactly(json);
            var header = JsonSerializer.Deserialize<CaseHeader>(json, JsonFile.Options) ?? throw Damaged(path, "its header is empty", null);
            var layout = CaseLayout.Of(header, PrefixLength + length, Alignment);
            return layout.Length == stream.Length
                ? (header, layout)
                : throw Damaged(path, $"it has {stream.Length} bytes where its header needs {layout.Length}", null);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            throw Damaged(path, error.Message, error);
        }
    }

    private static PreprocessingException Damaged(string path, string why, Exception? error) =>
        new($"{path} is no whole preprocessed case ({why}); delete it and preprocess again.", error);

    private static void Pad(Stream stream, long written, int alignment)
    {
        Span<byte> zeros = stackalloc byte[Alignment];
        zeros.Clear();
        stream.Write(zeros[..(int)(CaseLayout.Aligned(written, alignment) - written)]);
    }
}

/// <summary>Where the parts of a case's file begin, in bytes.</summary>
internal readonly record struct CaseLayout(long Image, long Labels, long Foreground, long Length)
{
    public static CaseLayout Of(CaseHeader header, long headerEnd, int alignment)
    {
        var image = Aligned(headerEnd, alignment);
        var labels = image + (header.Channels * header.Shape.Count * sizeof(float));
        var foreground = labels + Aligned(header.Shape.Count * sizeof(short), sizeof(int));
        return new CaseLayout(image, labels, foreground, foreground + (header.Foreground.Values.Sum(count => (long)count) * sizeof(int)));
    }

    public static long Aligned(long length, int alignment) => (length + alignment - 1) / alignment * alignment;
}

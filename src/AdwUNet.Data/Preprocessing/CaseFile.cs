using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text.Json;
using AdwUNet.Imaging;

namespace AdwUNet.Preprocessing;

/// <summary>A file that a preprocessed case was made of.</summary>
/// <param name="Name">Its path in the dataset's folder, with slashes.</param>
/// <param name="Hash">The hash of its bytes (XXH128, hexadecimal).</param>
internal sealed record SourceFile(string Name, string Hash);

/// <summary>The header of a preprocessed case's file.</summary>
/// <param name="Id">The case's name.</param>
/// <param name="Sources">The files that the case was made of.</param>
/// <param name="Settings">The settings of its foreground list.</param>
/// <param name="Content">A hash of everything in the file but this and the sources (XXH128, hexadecimal).</param>
/// <param name="Channels">Number of channels.</param>
/// <param name="Shape">Voxels.</param>
/// <param name="Geometry">The way back to the original image.</param>
/// <param name="Foreground">Per class the number of listed foreground voxels.</param>
internal sealed record CaseHeader(
    string Id,
    IReadOnlyList<SourceFile> Sources,
    string Settings,
    string Content,
    int Channels,
    Shape3 Shape,
    CaseGeometry Geometry,
    SortedDictionary<int, int> Foreground)
{
    /// <summary>What is inconsistent; null if nothing is.</summary>
    public string? Fault() =>
        Channels < 1 ? $"channels is {Channels}"
        : !IsSize(Shape, Channels) ? $"shape is {Shape} in {Channels} channels"
        : Foreground.Any(list => list.Key is < 0 or > short.MaxValue || list.Value < 0) ? "foreground lists a class that is none, or fewer than 0 voxels"
        : !IsSize(Geometry.OriginalShape, 1) ? $"geometry.originalShape is {Geometry.OriginalShape}"
        : !Geometry.AxisOrder.Order().SequenceEqual([0, 1, 2]) ? $"geometry.axisOrder is [{string.Join(", ", Geometry.AxisOrder)}]"
        : !IsInside(Geometry.Box, Geometry.OriginalShape) ? $"geometry.box is {Geometry.Box.Size} from {Geometry.Box.Start} on in an image of {Geometry.OriginalShape}"
        : Geometry.CroppedShape != AxisPermutation.Apply(Geometry.Box.Size, Geometry.AxisOrder) ? $"geometry.croppedShape is {Geometry.CroppedShape}, not that of geometry.box"
        : Geometry.ResampledShape != Shape ? $"geometry.resampledShape is {Geometry.ResampledShape}, but shape {Shape}"
        : new[] { Geometry.OriginalSpacing, Geometry.CroppedSpacing, Geometry.ResampledSpacing }.Any(spacing => !(spacing.Min > 0) || !double.IsFinite(spacing.Max))
            ? "a spacing of geometry is not positive"
        : null;

    private static bool IsSize(Shape3 shape, int channels) =>
        shape is { Z: > 0, Y: > 0, X: > 0 } && (Int128)shape.Z * shape.Y * shape.X * channels <= Array.MaxLength;

    private static bool IsInside(BoundingBox box, Shape3 shape) => Enumerable.Range(0, 3).All(axis =>
        box.Start[axis] >= 0 && box.Size[axis] > 0 && (long)box.Start[axis] + box.Size[axis] <= shape[axis]);
}

/// <summary>
/// The file of a preprocessed case, little-endian: 8 bytes of magic, the header's length (int32), the header (JSON), zeros up to
/// a multiple of 64, the image (float32), the labels (int16), zeros up to a multiple of 4, the foreground voxels of each class (int32).
/// </summary>
internal static class CaseFile
{
    public const string Extension = ".case";

    private const int UnixTooManyInProcess = 24; // EMFILE
    private const int UnixTooMany = 23; // ENFILE
    private const int Alignment = 64;
    private const int PrefixLength = 12;

    private static ReadOnlySpan<byte> Magic => "ADWCASE2"u8;

    private static ReadOnlySpan<byte> OlderMagic => "ADWCASE1"u8;

    public static string PathOf(string folder, string id) => Path.Combine(folder, id + Extension);

    public static void Write(string folder, CaseHeader header, PreprocessedVolume volume, SortedDictionary<int, int[]> foreground)
    {
        header = header with { Content = HashOf(header, volume, foreground) };
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

    /// <summary>A hash that changes when anything but the sources does.</summary>
    private static string HashOf(CaseHeader header, PreprocessedVolume volume, SortedDictionary<int, int[]> foreground)
    {
        var hash = new XxHash128();
        hash.Append(JsonFile.Serialize(header with { Sources = [], Content = "" }));
        hash.Append(MemoryMarshal.AsBytes(volume.Image.Data.AsSpan()));
        hash.Append(MemoryMarshal.AsBytes(volume.Labels.Data.AsSpan()));
        foreach (var voxels in foreground.Values) hash.Append(MemoryMarshal.AsBytes(voxels.AsSpan()));
        return Convert.ToHexStringLower(hash.GetCurrentHash());
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
            if (prefix.StartsWith(OlderMagic)) throw new PreprocessingException($"{path} was preprocessed by an older version of this library; preprocess the dataset again.");
            var length = BinaryPrimitives.ReadInt32LittleEndian(prefix[Magic.Length..]);
            if (!prefix.StartsWith(Magic) || length <= 0 || length > stream.Length - PrefixLength)
            {
                throw Damaged(path, "it does not begin as one", null);
            }

            var json = new byte[length];
            stream.ReadExactly(json);
            var header = JsonSerializer.Deserialize<CaseHeader>(json, JsonFile.Options) ?? throw Damaged(path, "its header is empty", null);
            if (header.Fault() is { } fault)
            {
                throw Damaged(path, fault, null);
            }

            var layout = CaseLayout.Of(header, PrefixLength + length, Alignment);
            return layout.Length == stream.Length
                ? (header, layout)
                : throw Damaged(path, $"it has {stream.Length} bytes where its header needs {layout.Length}", null);
        }
        catch (Exception error) when (error is EndOfStreamException or JsonException)
        {
            throw Damaged(path, error.Message, error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw NotOpened(path, error);
        }
    }

    /// <summary>A file that the system does not open now; it may well be whole.</summary>
    public static PreprocessingException NotOpened(string path, Exception error) => error switch
    {
        { HResult: UnixTooManyInProcess or UnixTooMany } => new(
            $"{path} cannot be opened because too many files are open; raise the limit of open files ('ulimit -n 4096') or close other stores, and open the store again.", error),
        FileNotFoundException or DirectoryNotFoundException => new($"{path} is not there; preprocess the dataset again.", error),
        _ => new($"{path} cannot be read ({error.Message.TrimEnd('.')}); make it readable and open the store again.", error),
    };

    private static PreprocessingException Damaged(string path, string why, Exception? error) =>
        new($"{path} is not a complete preprocessed case ({why}); delete it and preprocess again.", error);

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

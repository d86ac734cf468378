using System.Numerics;

namespace AdwUNet.Imaging;

/// <summary>Writes voxels piece by piece.</summary>
internal static class VoxelWriter
{
    private const int ChunkLength = 1 << 15;

    public static void Write<T>(Stream stream, VoxelEncoding encoding, ReadOnlyMemory<T> values)
        where T : unmanaged, INumber<T>
    {
        var size = encoding.Type.Size();
        var buffer = new byte[Math.Min(values.Length, ChunkLength) * size];
        for (var first = 0; first < values.Length; first += ChunkLength)
        {
            var chunk = values.Span.Slice(first, Math.Min(ChunkLength, values.Length - first));
            var bytes = buffer.AsSpan(0, chunk.Length * size);
            VoxelCodec.Encode(chunk, encoding, bytes);
            stream.Write(bytes);
        }
    }

    /// <summary>Turns an error of writing into one that names the image.</summary>
    public static void Explain(string path, Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or StorageException)
        {
            throw new ImageException(path, "the image cannot be written: " + e.Message.TrimEnd('.'), e);
        }
    }
}

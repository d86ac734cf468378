using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace AdwUNet.Imaging;

/// <summary>An image file opened for reading: its header is read, and the size that the header declares is compared with the file.</summary>
internal sealed class OpenImage : IDisposable
{
    /// <summary>Voxels decoded at a time.</summary>
    private const int ChunkLength = 1 << 15;

    /// <summary>An array for a compressed file's voxels begins with at most this many times the file's bytes, and grows as they come.</summary>
    private const int UsualRatio = 8;

    private readonly string _path;
    private readonly ImageStream _stream;
    private readonly VoxelEncoding _encoding;
    private readonly bool _channelsFirst;

    /// <summary>Takes a stream that stands at the first voxel.</summary>
    /// <param name="path">The file with the voxels.</param>
    /// <param name="stream">Its plain bytes; disposed with this image.</param>
    /// <param name="header">What the header asks for.</param>
    /// <param name="encoding">How voxels are stored.</param>
    /// <param name="channelsFirst">Whether the channels of a voxel lie side by side; else each channel is a whole volume.</param>
    public OpenImage(string path, ImageStream stream, ImageHeader header, VoxelEncoding encoding, bool channelsFirst = false) =>
        (_path, _stream, Header, _encoding, _channelsFirst) = (path, stream, header, encoding, channelsFirst && header.Channels > 1);

    /// <summary>Takes a chunk of voxels: the place of the first one, and their stored bytes.</summary>
    private delegate void Consumer(int first, Span<byte> voxels);

    public ImageHeader Header { get; }

    /// <summary>All voxels, scaled, in the order (channel, z, y, x), x fastest.</summary>
    public T[] ReadVoxels<T>()
        where T : unmanaged, INumber<T>
    {
        var voxels = NewArray<T>();
        ReadChunks((first, bytes) =>
        {
            var count = bytes.Length / _encoding.Type.Size();
            Grow(ref voxels, first + count);
            VoxelCodec.Decode(bytes, _encoding, voxels.AsSpan(first, count));
        });
        return _channelsFirst ? ChannelsLast(voxels) : voxels;
    }

    /// <summary>All voxels as labels.</summary>
    public short[] ReadLabels()
    {
        if (Header.Channels > 1)
            throw new ImageException(_path, $"the image has {Header.Channels} channels, but a label map has one value a voxel");
        var labels = NewArray<short>();
        var chunk = new double[ChunkLength];
        ReadChunks((first, bytes) =>
        {
            var count = bytes.Length / _encoding.Type.Size();
            Grow(ref labels, first + count);
            VoxelCodec.Decode(bytes, _encoding, chunk.AsSpan(0, count));
            for (var i = 0; i < count; i++) labels[first + i] = ToLabel(chunk[i], first + i);
        });
        return labels;
    }

    public void Dispose() => _stream.Dispose();

    /// <summary>Checks, before anything is allocated, that the file contains the voxels that its header declares.</summary>
    public static void CheckDemand(ImageHeader header, ImageStream stream, long offset, string path)
    {
        var needed = header.Count * header.DataType.Size();
        if (needed > stream.LargestLength - offset)
        {
            throw new ImageException(
                path,
                $"the header asks for {needed} bytes of voxels ({header.Channels} × {header.Shape} × {header.DataType}) from byte "
                + $"{offset} on, but the file has {stream.FileLength} bytes; it is cut off or its header is damaged");
        }
    }

    private void ReadChunks(Consumer consume)
    {
        var size = _encoding.Type.Size();
        var count = (int)Header.Count;
        var buffer = new byte[Math.Min(count, ChunkLength) * size];
        for (var first = 0; first < count;)
        {
            var voxels = Math.Min(count - first, ChunkLength);
            var chunk = buffer.AsSpan(0, voxels * size);
            if (_stream.Read(chunk) < chunk.Length)
            {
                throw new ImageException(
                    _path,
                    $"the file ends before the {Header.Count * size} bytes of voxels that its header asks for; copy it again");
            }

            consume(first, chunk);
            first += voxels;
        }

        _stream.Finish();
    }

    private T[] ChannelsLast<T>(T[] voxels)
    {
        var (channels, count) = (Header.Channels, (int)Header.Shape.Count);
        var result = new T[voxels.Length];
        for (var c = 0; c < channels; c++)
        {
            for (var (i, from) = (0, c); i < count; i++, from += channels) result[(c * count) + i] = voxels[from];
        }

        return result;
    }

    private T[] NewArray<T>()
        where T : unmanaged
    {
        if (!_stream.IsCompressed) return new T[Header.Count];
        var likely = Math.Max(ChunkLength, _stream.FileLength * UsualRatio / Unsafe.SizeOf<T>());
        return new T[Math.Min(Header.Count, likely)];
    }

    private void Grow<T>(ref T[] array, int needed)
    {
        if (needed > array.Length) Array.Resize(ref array, (int)Math.Min(Header.Count, 2L * array.Length));
    }

    /// <summary>A label; what is whole in single precision counts as whole, since slopes that writers choose are rounded.</summary>
    private short ToLabel(double value, int index)
    {
        var single = (float)value;
        if (single == MathF.Floor(single) && single is >= short.MinValue and <= short.MaxValue) return (short)single;
        var shape = Header.Shape;
        var (x, y, z) = (index % shape.X, index / shape.X % shape.Y, index / shape.X / shape.Y);
        throw new ImageException(_path, string.Create(
            CultureInfo.InvariantCulture, $"the voxel at x {x}, y {y}, z {z} is {single}, but a label is a whole number from −32768 to 32767"));
    }
}

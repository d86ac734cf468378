using System.Numerics;
using System.Runtime.CompilerServices;

namespace AdwUNet.Imaging;

/// <summary>An image file opened for reading: its header is read and the demands of the header are held against the file.</summary>
internal sealed class NiftiFile : IDisposable
{
    /// <summary>Voxels decoded at a time.</summary>
    private const int ChunkLength = 1 << 15;

    /// <summary>An array for a compressed file's voxels begins with at most this many times the file's bytes, and grows as they come.</summary>
    private const int UsualRatio = 8;

    private readonly NiftiPaths _paths;
    private readonly NiftiStream _stream;

    private NiftiFile(NiftiPaths paths, NiftiHeader header, NiftiStream stream)
    {
        _paths = paths;
        _stream = stream;
        Header = header;
    }

    /// <summary>Takes a chunk of voxels: the place of the first one, and their stored bytes.</summary>
    private delegate void Consumer(int first, Span<byte> voxels);

    public NiftiHeader Header { get; }

    public static NiftiFile Open(string path)
    {
        var paths = NiftiPaths.Of(path);
        var stream = new NiftiStream(paths.Header, paths.IsCompressed);
        try
        {
            var (header, position) = ReadHeader(stream, paths);
            if (paths.IsPair)
            {
                stream.Dispose();
                stream = new NiftiStream(paths.Voxels, paths.IsCompressed);
                position = 0;
            }

            CheckDemand(header, stream, paths.Voxels);
            if (!stream.Skip(header.DataOffset - position))
                throw new NiftiException(paths.Voxels, $"vox_offset is {header.DataOffset}, past the end of the file");
            return new NiftiFile(paths, header, stream);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>All voxels, scaled, in stored order (x fastest, channels slowest), which is this library's order too.</summary>
    public T[] ReadVoxels<T>()
        where T : unmanaged, INumber<T>
    {
        var voxels = NewArray<T>();
        ReadChunks((first, bytes) =>
        {
            var count = bytes.Length / Header.DataType.Size();
            Grow(ref voxels, first + count);
            NiftiVoxels.Decode(bytes, Header, voxels.AsSpan(first, count));
        });
        return voxels;
    }

    /// <summary>All voxels as labels.</summary>
    public short[] ReadLabels()
    {
        var labels = NewArray<short>();
        var chunk = new double[ChunkLength];
        ReadChunks((first, bytes) =>
        {
            var count = bytes.Length / Header.DataType.Size();
            Grow(ref labels, first + count);
            NiftiVoxels.Decode(bytes, Header, chunk.AsSpan(0, count));
            for (var i = 0; i < count; i++) labels[first + i] = ToLabel(chunk[i], first + i);
        });
        return labels;
    }

    public void Dispose() => _stream.Dispose();

    private static (NiftiHeader Header, int Length) ReadHeader(NiftiStream stream, NiftiPaths paths)
    {
        Span<byte> bytes = stackalloc byte[NiftiLayout.Nifti2.Size];
        var start = bytes[..NiftiHeaderReader.SizeFieldLength];
        var read = stream.Read(start);
        if (read < start.Length)
            throw new NiftiException(paths.Header, $"the file has {read} bytes, too few for a NIfTI header");
        var (layout, isBigEndian) = NiftiHeaderReader.Recognise(start, paths.Header);
        var rest = bytes[start.Length..layout.Size];
        read = stream.Read(rest);
        if (read < rest.Length)
        {
            throw new NiftiException(
                paths.Header, $"the header breaks off after {start.Length + read} bytes of {layout.Size}; copy the file again");
        }

        return (NiftiHeaderReader.Parse(bytes[..layout.Size], layout, isBigEndian, paths.IsPair, paths.Header), layout.Size);
    }

    /// <summary>Before anything is allocated: can the file hold what its header asks for?</summary>
    private static void CheckDemand(NiftiHeader header, NiftiStream stream, string path)
    {
        if (header.DataOffset > stream.LargestLength)
        {
            throw new NiftiException(
                path, $"vox_offset is {header.DataOffset}, past the end of the file, which has {stream.FileLength} bytes");
        }

        var needed = header.Count * header.DataType.Size();
        if (needed > stream.LargestLength - header.DataOffset)
        {
            throw new NiftiException(
                path,
                $"the header asks for {needed} bytes of voxels ({header.Channels} × {header.Shape} × {header.DataType}) from byte "
                + $"{header.DataOffset} on, but the file has {stream.FileLength} bytes; it is cut off or its header is damaged");
        }
    }

    private void ReadChunks(Consumer consume)
    {
        var size = Header.DataType.Size();
        var count = (int)Header.Count;
        var buffer = new byte[Math.Min(count, ChunkLength) * size];
        for (var first = 0; first < count;)
        {
            var voxels = Math.Min(count - first, ChunkLength);
            var chunk = buffer.AsSpan(0, voxels * size);
            if (_stream.Read(chunk) < chunk.Length)
            {
                throw new NiftiException(
                    _paths.Voxels,
                    $"the file ends before the {Header.Count * size} bytes of voxels that its header asks for; copy it again");
            }

            consume(first, chunk);
            first += voxels;
        }

        _stream.Finish();
    }

    private T[] NewArray<T>()
        where T : unmanaged
    {
        if (!_paths.IsCompressed) return new T[Header.Count];
        var likely = Math.Max(ChunkLength, _stream.FileLength * UsualRatio / Unsafe.SizeOf<T>());
        return new T[Math.Min(Header.Count, likely)];
    }

    private void Grow<T>(ref T[] array, int needed)
    {
        if (needed > array.Length) Array.Resize(ref array, (int)Math.Min(Header.Count, 2L * array.Length));
    }

    private short ToLabel(double value, int index)
    {
        if (value == Math.Floor(value) && value is >= short.MinValue and <= short.MaxValue) return (short)value;
        var shape = Header.Shape;
        var (x, y, z) = (index % shape.X, index / shape.X % shape.Y, index / shape.X / shape.Y);
        throw new NiftiException(
            _paths.Voxels, $"the voxel at x {x}, y {y}, z {z} is {value}, but a label is a whole number from −32768 to 32767");
    }
}

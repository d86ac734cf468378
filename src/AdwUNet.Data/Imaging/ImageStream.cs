using System.IO.Compression;

namespace AdwUNet.Imaging;

/// <summary>How the bytes of a file, or of a part of it, are compressed.</summary>
internal enum Compression
{
    /// <summary>Not compressed.</summary>
    None,

    /// <summary>gzip: members one after the other.</summary>
    Gzip,

    /// <summary>One zlib stream.</summary>
    Zlib,
}

/// <summary>
/// The plain bytes of a file from some place on, compressed or not. Every fault of the file becomes an <see cref="ImageException"/>;
/// nothing is allocated but a buffer of fixed size.
/// </summary>
internal sealed class ImageStream : IDisposable
{
    /// <summary>Deflate cannot make more of a byte than this (zlib's technical notes: 1032 : 1).</summary>
    private const long LargestRatio = 1032;

    /// <summary>The last bytes of a gzip member are its checksum and length, which may themselves end in zeros.</summary>
    private const int GzipTrailer = 8;

    private const int SkipLength = 1 << 16;
    private static readonly byte[] GzipMagic = [0x1f, 0x8b];

    private readonly string _path;
    private readonly long _start;
    private readonly FileStream _file;
    private readonly Stream _stream;
    private readonly Compression _compression;

    private ImageStream(string path, FileStream file, Compression compression)
    {
        _path = path;
        _file = file;
        _start = file.Position;
        _compression = compression;
        _stream = compression switch
        {
            Compression.Gzip => new GZipStream(new ClosedGzipStream(file), CompressionMode.Decompress),
            Compression.Zlib => new ZLibStream(file, CompressionMode.Decompress),
            _ => new BufferedStream(file),
        };
    }

    /// <summary>Whether the bytes are compressed.</summary>
    public bool IsCompressed => _compression != Compression.None;

    /// <summary>Bytes of the file as it lies on the disk.</summary>
    public long FileLength => _file.Length;

    /// <summary>The number of plain bytes from the start on, or the most that there could be.</summary>
    public long LargestLength => (_file.Length - _start) * (IsCompressed ? LargestRatio : 1);

    /// <summary>Opens a file whose name says whether it is compressed with gzip.</summary>
    /// <exception cref="ImageException">It cannot be opened, is empty, or is not what its name says.</exception>
    public static ImageStream OpenWhole(string path, bool isCompressed) => Open(path, file =>
    {
        CheckKind(path, file, isCompressed);
        return new ImageStream(path, file, isCompressed ? Compression.Gzip : Compression.None);
    });

    /// <summary>Opens the part of a file from some byte on.</summary>
    /// <exception cref="ImageException">It cannot be opened or is shorter.</exception>
    public static ImageStream OpenPart(string path, long start, Compression compression) => Open(path, file =>
    {
        if (start > file.Length) throw new ImageException(path, $"the voxels should begin at byte {start}, past the end of the file, which has {file.Length} bytes");
        file.Position = start;
        return new ImageStream(path, file, compression);
    });

    /// <summary>Opens a file to read its text header byte by byte.</summary>
    /// <exception cref="ImageException">It cannot be opened, or is empty.</exception>
    public static FileStream OpenText(string path)
    {
        const int buffer = 1 << 12;
        return OpenFile(path, buffer);
    }

    /// <summary>Fills a span as far as the file goes, and says how far that is.</summary>
    public int Read(Span<byte> destination)
    {
        try
        {
            return _stream.ReadAtLeast(destination, destination.Length, throwOnEndOfStream: false);
        }
        catch (InvalidDataException e)
        {
            throw new ImageException(_path, $"the {(_compression == Compression.Zlib ? "zlib" : "gzip")} stream is damaged or cut off; copy the file again", e);
        }
        catch (IOException e)
        {
            throw new ImageException(_path, "the file cannot be read: " + e.Message.TrimEnd('.'), e);
        }
    }

    /// <summary>Skips bytes.</summary>
    /// <returns>Whether the file had that many bytes.</returns>
    public bool Skip(long count)
    {
        var buffer = new byte[(int)Math.Min(count, SkipLength)];
        while (count > 0)
        {
            var asked = (int)Math.Min(count, buffer.Length);
            if (Read(buffer.AsSpan(0, asked)) < asked) return false;
            count -= asked;
        }

        return true;
    }

    /// <summary>Reads a compressed file to its end, so that its checksum is compared and a missing end is noticed.</summary>
    public void Finish()
    {
        if (_compression == Compression.Zlib) _ = EndsWith([], _stream);
        if (_compression != Compression.Gzip || EndsWith(ClosedGzipStream.LastBytes, _stream) || IsWholeBeforeZeros()) return;
        throw new ImageException(_path, "the gzip stream is cut off or followed by other data; copy the file again");
    }

    public void Dispose()
    {
        _stream.Dispose();
        _file.Dispose();
    }

    /// <summary>
    /// Whether the file is a whole gzip stream and zeros, as a tape or a disk block leaves them. How many of the zeros belong to the stream
    /// is tried out.
    /// </summary>
    private bool IsWholeBeforeZeros()
    {
        var zeros = TrailingZeros();
        for (var kept = 0; kept <= Math.Min(GzipTrailer, zeros - 1); kept++)
        {
            _file.Position = _start;
            using var gzip = new GZipStream(new ClosedGzipStream(_file, _file.Length - zeros + kept), CompressionMode.Decompress, leaveOpen: true);
            try
            {
                if (EndsWith(ClosedGzipStream.LastBytes, gzip)) return true;
            }
            catch (InvalidDataException)
            {
                // Not here.
            }
        }

        return false;
    }

    private long TrailingZeros()
    {
        var buffer = new byte[SkipLength];
        long zeros = 0;
        while (zeros < _file.Length)
        {
            var length = (int)Math.Min(buffer.Length, _file.Length - zeros);
            var block = buffer.AsSpan(0, length);
            _file.Position = _file.Length - zeros - length;
            _file.ReadExactly(block);
            var last = block.LastIndexOfAnyExcept((byte)0);
            zeros += length - 1 - last;
            if (last >= 0) break;
        }

        return zeros;
    }

    /// <summary>Reads to the end, and says whether the last bytes are these.</summary>
    private bool EndsWith(ReadOnlySpan<byte> expected, Stream stream)
    {
        var buffer = new byte[expected.Length + SkipLength];
        var kept = 0;
        while (true)
        {
            var read = stream == _stream ? Read(buffer.AsSpan(kept)) : stream.ReadAtLeast(buffer.AsSpan(kept), buffer.Length - kept, throwOnEndOfStream: false);
            if (read == 0) return buffer.AsSpan(0, kept).SequenceEqual(expected);
            var total = kept + read;
            kept = Math.Min(expected.Length, total);
            buffer.AsSpan(total - kept, kept).CopyTo(buffer);
        }
    }

    private static ImageStream Open(string path, Func<FileStream, ImageStream> make)
    {
        var file = OpenFile(path, bufferSize: 0);
        try
        {
            return make(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static FileStream OpenFile(string path, int bufferSize)
    {
        if (Directory.Exists(path))
            throw new ImageException(path, "this is a folder, not an image file; give the image inside it, or move that image to this place");
        try
        {
            var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize, FileOptions.SequentialScan);
            if (file.Length > 0) return file;
            file.Dispose();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ImageException(path, "the file does not exist", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new ImageException(path, "the file cannot be opened: " + e.Message.TrimEnd('.'), e);
        }

        throw new ImageException(path, "the file is empty");
    }

    private static void CheckKind(string path, FileStream file, bool isCompressed)
    {
        Span<byte> start = stackalloc byte[FileStart.Length];
        start = start[..file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        file.Position = 0;
        var isGzip = start.StartsWith(GzipMagic);
        if (!isGzip && FileStart.Fault(start) is { } fault) throw new ImageException(path, fault);
        if (isCompressed && !isGzip) throw new ImageException(path, "the name ends in .gz but the file is not compressed with gzip");
        if (!isCompressed && isGzip) throw new ImageException(path, "the file is compressed with gzip; rename it to end in .gz");
    }
}

using System.IO.Compression;

namespace AdwUNet.Imaging;

/// <summary>
/// The plain bytes of a file, compressed or not. Every fault of the file becomes a <see cref="NiftiException"/>; nothing is
/// allocated but a buffer of fixed size.
/// </summary>
internal sealed class NiftiStream : IDisposable
{
    /// <summary>Deflate cannot make more of a byte than this (zlib's technical notes: 1032 : 1).</summary>
    private const long LargestRatio = 1032;

    private const int SkipLength = 1 << 16;
    private static readonly byte[] GzipMagic = [0x1f, 0x8b];

    private readonly string _path;
    private readonly FileStream _file;
    private readonly Stream _stream;
    private readonly bool _isCompressed;

    public NiftiStream(string path, bool isCompressed)
    {
        _path = path;
        _isCompressed = isCompressed;
        _file = Open(path);
        try
        {
            CheckKind();
            _stream = isCompressed
                ? new GZipStream(new ClosedGzipStream(_file), CompressionMode.Decompress)
                : new BufferedStream(_file);
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <summary>Bytes of the file as it lies on the disk.</summary>
    public long FileLength => _file.Length;

    /// <summary>The number of plain bytes, or the most that there could be.</summary>
    public long LargestLength => _isCompressed ? _file.Length * LargestRatio : _file.Length;

    /// <summary>Fills a span as far as the file goes, and says how far that is.</summary>
    public int Read(Span<byte> destination)
    {
        try
        {
            return _stream.ReadAtLeast(destination, destination.Length, throwOnEndOfStream: false);
        }
        catch (InvalidDataException e)
        {
            throw new NiftiException(_path, "the gzip stream is damaged or cut off; copy the file again", e);
        }
        catch (IOException e)
        {
            throw new NiftiException(_path, "the file cannot be read: " + e.Message.TrimEnd('.'), e);
        }
    }

    /// <summary>Goes past some bytes.</summary>
    /// <returns>Whether there were as many.</returns>
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
        if (!_isCompressed) return;
        var close = ClosedGzipStream.LastBytes.Length;
        var buffer = new byte[close + SkipLength];
        var kept = 0;
        while (true)
        {
            var read = Read(buffer.AsSpan(kept));
            if (read == 0) break;
            var total = kept + read;
            kept = Math.Min(close, total);
            buffer.AsSpan(total - kept, kept).CopyTo(buffer);
        }

        if (!buffer.AsSpan(0, kept).SequenceEqual(ClosedGzipStream.LastBytes))
            throw new NiftiException(_path, "the gzip stream is cut off or followed by foreign bytes; copy the file again");
    }

    public void Dispose()
    {
        _stream.Dispose();
        _file.Dispose();
    }

    private static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new NiftiException(path, "the file does not exist", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new NiftiException(path, "the file cannot be opened: " + e.Message.TrimEnd('.'), e);
        }
    }

    private void CheckKind()
    {
        if (_file.Length == 0) throw new NiftiException(_path, "the file is empty");
        Span<byte> start = stackalloc byte[GzipMagic.Length];
        var isGzip = _file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length
            && start.SequenceEqual(GzipMagic);
        _file.Position = 0;
        if (_isCompressed && !isGzip) throw new NiftiException(_path, "the name ends in .gz but the file is not compressed with gzip");
        if (!_isCompressed && isGzip) throw new NiftiException(_path, "the file is compressed with gzip; rename it to end in .gz");
    }
}

using System.IO.Compression;
using System.Security.Cryptography;

namespace AdwUNet.Imaging;

/// <summary>
/// A gzip file followed by one more member with known content. <see cref="GZipStream"/> does not report a truncated
/// file. After a truncated file the known content is not decompressed, so its absence reveals the truncation.
/// </summary>
/// <param name="file">The file; read from where it stands.</param>
/// <param name="end">Where its bytes end; at its own end unless said otherwise.</param>
internal sealed class ClosedGzipStream(Stream file, long end = long.MaxValue) : Stream
{
    /// <summary>The content of the last member: the digest of a name, which no image ends with by chance.</summary>
    public static readonly byte[] LastBytes = SHA256.HashData("AdwUNet.Imaging.ClosedGzipStream"u8);

    private static readonly byte[] CloseMember = Compress(LastBytes);

    private int _given = -1;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        if (_given < 0)
        {
            var left = end == long.MaxValue ? buffer.Length : Math.Min(buffer.Length, end - file.Position);
            var read = file.Read(buffer[..(int)left]);
            if (read > 0) return read;
            _given = 0;
        }

        var count = Math.Min(buffer.Length, CloseMember.Length - _given);
        CloseMember.AsSpan(_given, count).CopyTo(buffer);
        _given += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private static byte[] Compress(byte[] bytes)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest)) gzip.Write(bytes);
        return compressed.ToArray();
    }
}

namespace AdwUNet.Imaging;

/// <summary>Writes a file beside its place and renames it when it is whole, so that no half-written file looks like a whole one.</summary>
internal static class AtomicFile
{
    private const int BufferLength = 1 << 16;

    /// <summary>Writes a file.</summary>
    /// <param name="path">Its place; a file there is replaced.</param>
    /// <param name="write">Writes the content; if it fails, what was written is removed.</param>
    public static void Write(string path, Action<Stream> write)
    {
        var full = Path.GetFullPath(path);
        var temporary = Path.Combine(Path.GetDirectoryName(full)!, $".{Path.GetFileName(full)}.{Path.GetRandomFileName()}.tmp");
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, BufferLength))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, full, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}

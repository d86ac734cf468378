using System.IO.Hashing;

namespace AdwUNet;

/// <summary>
/// Writes files atomically: a reader sees the old file or the new file, never a partial one, even if the process is killed, the power fails or
/// the disk is full. The new file gets a temporary name, is flushed to the disk, read back and then renamed.
/// </summary>
public static class AtomicFile
{
    private const int BufferLength = 1 << 16;
    private const string TemporaryPattern = ".*.tmp";

    // Nobody else opens the file meanwhile. That it is renamed and deleted all the same must be said on Windows, and on Unix must not: any
    // share there makes the lock a shared one.
    internal static readonly FileShare Alone = OperatingSystem.IsWindows() ? FileShare.Delete : FileShare.None;

    /// <summary>Writes a file. A failed write leaves no temporary file.</summary>
    /// <param name="path">The file to make or replace.</param>
    /// <param name="write">Writes the content to the stream it is given, which cannot seek.</param>
    /// <param name="length">The number of bytes if it is known, for the error message of a full disk.</param>
    /// <exception cref="StorageException">The file cannot be written; the one that was there is unharmed.</exception>
    public static void Write(string path, Action<Stream> write, long? length = null)
    {
        var full = Path.GetFullPath(path);
        var temporary = TemporaryBeside(full);
        var written = 0L;
        try
        {
            WriteAndMove(temporary, full, write, ref written);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            DeleteIfThere(temporary);
            throw StorageException.NotWritten(full, Math.Max(length ?? 0, written), error);
        }
        catch
        {
            DeleteIfThere(temporary);
            throw;
        }
    }

    /// <summary>Writes a text file (UTF-8 without a byte order mark) in the same way.</summary>
    /// <param name="path">The file to make or replace.</param>
    /// <param name="text">Its content.</param>
    /// <exception cref="StorageException">The file cannot be written; the one that was there is unharmed.</exception>
    public static void WriteText(string path, string text)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(text);
        Write(path, stream => stream.Write(bytes), bytes.Length);
    }

    /// <summary>Removes temporary files that killed writers left in a folder. Files that are being written are kept.</summary>
    internal static void Sweep(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder, TemporaryPattern))
        {
            try
            {
                // The writer keeps it open with exclusive access until it is renamed.
                using var abandoned = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, Alone);
                File.Delete(file);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // Being written, or gone, or another user's.
            }
        }
    }

    /// <summary>The name of a file that is not there yet; <see cref="Sweep"/> knows it.</summary>
    internal static string TemporaryBeside(string full) =>
        Path.Combine(Path.GetDirectoryName(full)!, $".{Path.GetFileName(full)}.{Path.GetRandomFileName()}.tmp");

    private static void WriteAndMove(string temporary, string full, Action<Stream> write, ref long written)
    {
        using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.ReadWrite, Alone, BufferLength))
        {
            using var hashing = new HashingStream(file);
            try
            {
                write(hashing);
            }
            finally
            {
                written = hashing.Written;
            }

            file.Flush(flushToDisk: true);
            RequireSame(file, hashing);

            // Held until it has its name, so that nobody takes it for abandoned.
            File.Move(temporary, full, overwrite: true);
        }

        FolderEntry.Flush(Path.GetDirectoryName(full)!);
    }

    private static void RequireSame(FileStream file, HashingStream written)
    {
        var hash = new XxHash3();
        file.Position = 0;
        hash.Append(file);
        if (file.Length != written.Written || hash.GetCurrentHashAsUInt64() != written.Hash)
        {
            throw new IOException("the content read back differs from the content written");
        }
    }

    private static void DeleteIfThere(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The folder is gone, or it was never made: what failed first is what counts.
        }
    }
}

using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace AdwUNet;

/// <summary>
/// Flushes folders to the disk. Flushing a file does not flush its name; the folder must be flushed too. On Windows the journal of the file
/// system does this.
/// </summary>
internal static partial class FolderEntry
{
    private const int ReadOnly = 0;

    /// <summary>Creates a folder and its parents, and flushes them to the disk, so that they survive a power failure.</summary>
    /// <exception cref="StorageException">It cannot be made.</exception>
    public static void Create(string folder)
    {
        if (Directory.Exists(folder))
        {
            return;
        }

        if (Path.GetDirectoryName(folder) is { } parent)
        {
            Create(parent);
        }

        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw StorageException.NotWritten(folder, 0, error);
        }

        Flush(Path.GetDirectoryName(folder)!);
    }

    /// <summary>Writes a folder's names to the disk; does nothing where the system has no such call.</summary>
    public static void Flush(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        // Some file systems cannot, and say so; the file itself is safe then all the same.
        using var handle = new SafeFileHandle(Open(folder, ReadOnly), ownsHandle: true);
        if (!handle.IsInvalid)
        {
            _ = Sync(handle);
        }
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int Sync(SafeFileHandle file);
}

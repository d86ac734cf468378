using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace AdwUNet;

/// <summary>
/// A folder's list of names on the disk. A file that is flushed is safe, but its new name is not until the folder is flushed too; on Windows
/// the file system's journal sees to that.
/// </summary>
internal static partial class FolderEntry
{
    private const int ReadOnly = 0;

    /// <summary>Makes a folder with all above it, and sees that they outlast a power failure.</summary>
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

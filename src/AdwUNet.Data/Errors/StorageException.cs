using System.Globalization;

namespace AdwUNet;

/// <summary>A file or folder that cannot be written: no room, no permission, no longer there. What was there before is unharmed.</summary>
public sealed class StorageException : AdwUNetException
{
    private const int UnixNoSpace = 28; // ENOSPC
    private const int UnixReadOnly = 30; // EROFS
    private const int UnixQuota = 122; // EDQUOT on Linux
    private const int WindowsDiskFull = unchecked((int)0x80070070); // ERROR_DISK_FULL
    private const int WindowsHandleDiskFull = unchecked((int)0x80070027); // ERROR_HANDLE_DISK_FULL

    private StorageException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Says what is missing.</summary>
    /// <param name="path">What was to be written.</param>
    /// <param name="needed">How many bytes, as far as is known.</param>
    /// <param name="error">What the system said.</param>
    internal static StorageException NotWritten(string path, long needed, Exception error) => new(Sentence(path, needed, error), error);

    private static string Sentence(string path, long needed, Exception error)
    {
        var folder = Path.GetDirectoryName(path) ?? path;
        return error switch
        {
            _ when IsFull(error.HResult) =>
                $"There is no room for {path}: it needs {Size(needed)} and {Free(folder)} free; free disk space and run again to resume.",
            _ when error.HResult == UnixQuota =>
                $"There is no room for {path}: it needs {Size(needed)} and the quota of the user {Environment.UserName} is used up; free disk space and run again to resume.",
            DirectoryNotFoundException =>
                $"{path} cannot be written: there is no folder {folder}; restore it, or choose another folder, and run again.",
            UnauthorizedAccessException =>
                $"{path} cannot be written: the user {Environment.UserName} has no permission to write in {folder}; grant it, or choose another folder, and run again.",
            _ when error.HResult == UnixReadOnly =>
                $"{path} cannot be written: {folder} is read-only; make it writable, or choose another folder, and run again.",
            _ => $"{path} cannot be written ({error.Message.TrimEnd('.')}); it needs {Size(needed)} and {Free(folder)} free.",
        };
    }

    private static bool IsFull(int code) => code is UnixNoSpace or WindowsDiskFull or WindowsHandleDiskFull;

    private static string Free(string folder)
    {
        try
        {
            return $"{Size(new DriveInfo(folder).AvailableFreeSpace)} are";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return "an unknown number of bytes is";
        }
    }

    private static string Size(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes:N0} bytes");
}

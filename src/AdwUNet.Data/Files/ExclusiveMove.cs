using System.Runtime.InteropServices;

namespace AdwUNet;

/// <summary>
/// Gives a file a name that no file has, in one step. <see cref="File.Move(string, string, bool)"/> on Unix first looks for a file of that name and then
/// renames, so that of two processes the later one replaces the file of the first.
/// </summary>
internal static partial class ExclusiveMove
{
    private const int NoSuchFile = 2; // ENOENT
    private const int Exists = 17; // EEXIST

    /// <summary>Moves a file within a folder.</summary>
    /// <exception cref="IOException">There is a file of the new name, or none of the old one.</exception>
    public static void Move(string from, string to)
    {
        if (!OperatingSystem.IsWindows())
        {
            if (Link(from, to) == 0)
            {
                File.Delete(from);
                return;
            }

            switch (Marshal.GetLastPInvokeError())
            {
                case NoSuchFile:
                    throw new FileNotFoundException($"There is no file {from}.");
                case Exists:
                    throw new IOException($"There is a file {to}.");
            }

            // The file system has no hard links.
        }

        File.Move(from, to, overwrite: false);
    }

    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Link(string from, string to);
}

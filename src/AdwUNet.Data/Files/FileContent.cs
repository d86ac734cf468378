using System.IO.Hashing;

namespace AdwUNet;

/// <summary>A hash of the content of a file. It does not depend on the name or the date of the file.</summary>
internal static class FileContent
{
    private const int BufferLength = 1 << 16;

    /// <summary>The hash of a file's bytes (XXH128) in hexadecimal digits.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static string Hash(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
        var hash = new XxHash128();
        var buffer = new byte[BufferLength];
        while (file.Read(buffer) is > 0 and var read) hash.Append(buffer.AsSpan(0, read));
        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }

    /// <summary>Whether two files have the same bytes; false if one cannot be read.</summary>
    public static bool AreSame(string one, string other)
    {
        try
        {
            var (first, second) = (new FileInfo(one), new FileInfo(other));
            return first.Exists && second.Exists && first.Length == second.Length && Hash(one) == Hash(other);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}

using System.Text;

namespace AdwUNet.Kernel;

/// <summary>Writes files atomically: a reader finds either the whole old file or the whole new one, also when two processes write at the same time.</summary>
internal static class WholeFile
{
    /// <summary>Writes a text. Creates the folder if it is missing.</summary>
    public static void Write(string path, string text) => Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));

    /// <summary>Writes what the action puts into the stream. Creates the folder if it is missing.</summary>
    public static void Write(string path, Action<Stream> write)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        Directory.CreateDirectory(folder);
        var temporary = Path.Combine(folder, $".{Path.GetFileName(path)}.{Path.GetRandomFileName()}.tmp");
        try
        {
            using (var stream = File.Create(temporary))
                write(stream);
            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>The pattern of temporary files that a killed writer of this file may have left beside it.</summary>
    public static string TemporaryPattern(string path) => $".{Path.GetFileName(path)}.*.tmp";
}

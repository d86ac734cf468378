using System.Text;

namespace AdwUNet.Kernel;

/// <summary>Writes files so that at every moment there is either the old one or the new one, whole, also when two write at once.</summary>
internal static class WholeFile
{
    /// <summary>Writes a text; its folder is made if need be.</summary>
    public static void Write(string path, string text) => Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));

    /// <summary>Writes what the given action puts into the stream; the file's folder is made if need be.</summary>
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

    /// <summary>What a writer of this file that was killed may have left beside it.</summary>
    public static string TemporaryPattern(string path) => $".{Path.GetFileName(path)}.*.tmp";
}

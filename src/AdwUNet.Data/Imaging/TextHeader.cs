using System.Globalization;
using System.Text;

namespace AdwUNet.Imaging;

/// <summary>The fields of a text header, and helpers that say which field of which file is wrong.</summary>
/// <param name="path">The file.</param>
internal sealed class TextHeader(string path)
{
    /// <summary>No header is longer; the voxels follow far earlier.</summary>
    private const int LongestHeader = 1 << 20;

    private readonly Dictionary<string, string> _fields = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The file.</summary>
    public string Path => path;

    /// <summary>Reads lines up to the one that ends the header.</summary>
    /// <param name="file">Stands at the start of the first line; afterwards behind the last one that was taken.</param>
    /// <param name="take">Receives each line; returns whether it was the last.</param>
    public void ReadLines(Stream file, Func<string, bool> take)
    {
        var line = new StringBuilder();
        for (var length = 0; ; length++)
        {
            var next = file.ReadByte();
            if (length > LongestHeader) throw Fault($"the header has no end within {LongestHeader} bytes");
            if (next >= 0 && next != '\n')
            {
                line.Append((char)next);
                continue;
            }

            if (next < 0 && line.Length == 0) return;
            if (take(line.ToString().TrimEnd('\r')) || next < 0) return;
            line.Clear();
        }
    }

    /// <summary>Keeps a field; a header that has it twice is refused.</summary>
    public void Add(string name, string value)
    {
        if (!_fields.TryAdd(name, value)) throw Fault($"the field '{name}' occurs twice; keep one");
    }

    /// <summary>The first of some fields that is there, or null.</summary>
    public string? Find(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (_fields.TryGetValue(name, out var value)) return value;
        }

        return null;
    }

    /// <summary>A required field.</summary>
    public string Get(string name) => Find(name) ?? throw Fault($"the header has no field '{name}'");

    /// <summary>A list of whole numbers.</summary>
    public int[] Whole(string name, string text) => [.. Words(text).Select(word =>
        int.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw Fault($"the field '{name}' holds '{Short(word)}', expected whole numbers"))];

    /// <summary>A list of finite real numbers.</summary>
    public double[] Real(string name, string text) => [.. Words(text).Select(word =>
        double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? number
            : throw Fault($"the field '{name}' holds '{Short(word)}', expected numbers"))];

    /// <summary>A list of a given number of finite real numbers.</summary>
    public double[] Real(string name, string text, int count)
    {
        var numbers = Real(name, text);
        return numbers.Length == count ? numbers : throw Fault($"the field '{name}' has {numbers.Length} numbers, expected {count}");
    }

    /// <summary>The number of voxels along each axis.</summary>
    /// <param name="name">The field.</param>
    /// <param name="sizes">Its numbers.</param>
    /// <param name="channels">Values of a voxel beside them.</param>
    public void CheckSizes(string name, IReadOnlyList<int> sizes, int channels = 1)
    {
        Int128 count = channels;
        foreach (var size in sizes) count = size < 1 ? throw Fault($"the field '{name}' holds {size}, expected numbers of voxels of at least 1") : count * size;
        if (channels < 1 || count > Array.MaxLength) throw Fault($"the field '{name}' asks for {count} voxels, more than an array can hold ({Array.MaxLength})");
    }

    /// <summary>The full path of the file with the voxels, which must lie in the folder of the header or below it.</summary>
    public string DataFile(string name)
    {
        var folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!;
        var isName = name.Length > 0 && !name.Contains('\0') && !System.IO.Path.IsPathRooted(name);
        var full = isName ? System.IO.Path.GetFullPath(System.IO.Path.Combine(folder, name.Replace('\\', '/'))) : "";
        return isName && full.StartsWith(System.IO.Path.TrimEndingDirectorySeparator(folder) + System.IO.Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? full
            : throw Fault($"the voxels should lie in '{Short(name)}', which leaves the header's folder; move that file beside the header and correct the name");
    }

    /// <summary>An error of this file.</summary>
    public ImageException Fault(string fault) => new(path, fault);

    /// <summary>The beginning of a text that a file may have made as long as it likes.</summary>
    public static string Short(string text)
    {
        const int most = 60;
        return text.Length <= most ? text : text[..most] + "…";
    }

    private static string[] Words(string text) => text.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
}

using System.Text;

namespace AdwUNet.Kernel.References;

/// <summary>
/// A file of XML documentation. Such files are large, and only a few members are looked up. Therefore only the position of
/// each member in the file is kept in memory.
/// </summary>
internal sealed class DocumentationFile(string path)
{
    private readonly Lazy<Dictionary<ulong, (int Start, int Length)>> _places = new(() => Index(path));

    public string Name => Path.GetFileName(path);

    /// <summary>The XML within a member's element; null where the file has none.</summary>
    /// <param name="id">The member's documentation id, such as <c>T:System.String</c>.</param>
    public string? Find(string id)
    {
        try
        {
            if (!_places.Value.TryGetValue(Hash(Encoding.UTF8.GetBytes(id)), out var place))
                return null;
            using var file = File.OpenHandle(path);
            var bytes = new byte[place.Length];
            var read = RandomAccess.Read(file, bytes, place.Start);
            return Encoding.UTF8.GetString(bytes, 0, read);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // An unreadable file counts as missing.
            return null;
        }
    }

    private static Dictionary<ulong, (int Start, int Length)> Index(string path)
    {
        var places = new Dictionary<ulong, (int Start, int Length)>();
        var text = File.ReadAllBytes(path).AsSpan();
        var at = 0;
        while (Skip("<member name=\""u8, text, ref at) is not null && Skip("\">"u8, text, ref at) is { } id)
        {
            var start = at;
            if (Skip("</member>"u8, text, ref at) is not { } content)
                break;
            places.TryAdd(Hash(text[id]), (start, content.End.Value - start));
        }

        return places;
    }

    /// <summary>Moves behind the next occurrence of a mark.</summary>
    /// <returns>What was skipped before the mark; null where there is no further one.</returns>
    private static Range? Skip(ReadOnlySpan<byte> mark, ReadOnlySpan<byte> text, ref int at)
    {
        var found = text[at..].IndexOf(mark);
        if (found < 0)
            return null;
        var skipped = at..(at + found);
        at += found + mark.Length;
        return skipped;
    }

    /// <summary>FNV-1a: short, and with 64 bits collisions within a library do not occur in practice.</summary>
    private static ulong Hash(ReadOnlySpan<byte> bytes)
    {
        var hash = 14695981039346656037UL;
        foreach (var each in bytes)
            hash = (hash ^ each) * 1099511628211UL;
        return hash;
    }
}

using System.Text;

namespace AdwUNet.Kernel.References;

/// <summary>
/// A file of XML documentation. Such files are large, and only of a few members is anything ever asked: what is kept is where in the file
/// each member is told of.
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
            // What cannot be read any more is as what is not there.
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

    /// <summary>Goes behind the next occurrence of a mark.</summary>
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

    /// <summary>FNV-1a: short, and with 64 bits no two members of a library meet.</summary>
    private static ulong Hash(ReadOnlySpan<byte> bytes)
    {
        var hash = 14695981039346656037UL;
        foreach (var each in bytes)
            hash = (hash ^ each) * 1099511628211UL;
        return hash;
    }
}

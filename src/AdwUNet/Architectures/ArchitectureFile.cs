using System.Text.Json;

namespace AdwUNet.Architectures;

/// <summary>Reads and writes <c>architecture.json</c>.</summary>
public static class ArchitectureFile
{
    private static readonly JsonSerializerOptions Options = new() { WriteIndented = true };

    /// <summary>Writes an architecture.</summary>
    /// <param name="path">The file; replaced as a whole.</param>
    /// <param name="architecture">What to write.</param>
    public static void Save(string path, Architecture architecture) => AtomicFile.WriteText(path, JsonSerializer.Serialize(
        new Content(architecture.Family.ToString(), architecture.ToString(), architecture.Widths), Options) + "\n");

    /// <summary>Reads an architecture; also accepts a file that holds nothing but the exchange text.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ArchitectureException">The file is missing or holds something else.</exception>
    public static Architecture Load(string path)
    {
        if (!File.Exists(path))
        {
            throw new ArchitectureException($"There is no architecture at {path}; run the search first.");
        }

        var text = File.ReadAllText(path).Trim();
        try
        {
            if (text.StartsWith('['))
            {
                return Architecture.Parse(text);
            }

            var content = JsonSerializer.Deserialize<Content>(text);
            if (content?.Widths is null || !Enum.TryParse<Family>(content.Family, out var family))
            {
                throw new ArchitectureException($"{path} lacks the field 'Family' or 'Widths'; expected what the search writes.");
            }

            return family == Family.AdUNet ? FromEqualWidths(content.Widths) : Architecture.FromWidths(content.Widths, family);
        }
        catch (JsonException e)
        {
            throw new ArchitectureException($"{path} is no architecture: {e.Message}", e);
        }
    }

    private static Architecture FromEqualWidths(IReadOnlyList<IReadOnlyList<int>> widths)
    {
        var space = SearchSpace.Published(Family.AdUNet) with
        {
            BaseWidth = widths.Count > 0 && widths[0].Count > 0 ? widths[0][0] : 1,
            MaxWidth = widths.SelectMany(block => block).DefaultIfEmpty(1).Max(),
        };
        return Architecture.FromDepths([.. widths.Select(block => block.Count)], space);
    }

    private sealed record Content(string Family, string Architecture, IReadOnlyList<IReadOnlyList<int>> Widths);
}

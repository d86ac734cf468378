using System.Text.Json;

namespace AdwUNet.Architectures;

/// <summary>Reads and writes <c>architecture.json</c>.</summary>
public static class ArchitectureFile
{
    private static readonly JsonSerializerOptions Options = new() { WriteIndented = true, AllowDuplicateProperties = false };

    /// <summary>Writes an architecture.</summary>
    /// <param name="path">The file; replaced as a whole.</param>
    /// <param name="architecture">What to write.</param>
    public static void Save(string path, Architecture architecture) => AtomicFile.WriteText(path, JsonSerializer.Serialize(
        new Content(architecture.Family.ToString(), architecture.ToString(), architecture.Widths), Options) + "\n");

    /// <summary>
    /// Reads an architecture from a file of <see cref="Save"/>, from a file that contains only the exchange text, or from a log of the authors' code.
    /// In a log, the last line <c>Current arch: [[48, 48], ...]</c> is used.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="family">AdwU-Net or AwU-Net, for a file with the exchange text, which does not contain the family.</param>
    /// <exception cref="ArchitectureException">The file is missing or holds something else.</exception>
    public static Architecture Load(string path, Family family = Family.AdwUNet)
    {
        if (!File.Exists(path))
        {
            throw new ArchitectureException($"There is no architecture at {path}; run the search first.");
        }

        var text = ReadText(path);
        try
        {
            return text.AsSpan().TrimStart().StartsWith("{")
                ? Read(JsonSerializer.Deserialize<Content>(text)!)
                : Architecture.Parse(
                    PythonList.Find(text) ?? throw new ArchitectureException("No line ends with a list such as [[48, 48], [80, 96], [48]]."), family);
        }
        catch (JsonException e)
        {
            throw new ArchitectureException($"{path} is not an architecture{JsonFile.Place(e)}: {JsonFile.FirstSentence(e.Message)}", e);
        }
        catch (ArchitectureException e)
        {
            throw new ArchitectureException($"{path} is not an architecture: {e.Message}", e);
        }
    }

    private static string ReadText(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ArchitectureException($"The architecture {path} cannot be read ({e.Message.TrimEnd('.')}).", e);
        }
    }

    private static Architecture Read(Content content)
    {
        if (!Enum.TryParse<Family>(content.Family, out var family) || !Enum.IsDefined(family))
        {
            throw new ArchitectureException($"The field 'Family' is '{content.Family}'; expected {string.Join(", ", Enum.GetNames<Family>())}.");
        }

        if (content.Widths is null || content.Widths.Any(block => block is not { Count: > 0 }))
        {
            throw new ArchitectureException("The field 'Widths' is missing or has an empty entry; expected a list of widths per block.");
        }

        var architecture = family == Family.AdUNet ? FromEqualWidths(content.Widths) : Architecture.FromWidths(content.Widths, family);
        if (!architecture.Widths.Zip(content.Widths).All(pair => pair.First.SequenceEqual(pair.Second)))
        {
            throw new ArchitectureException(
                "The field 'Widths' does not double from block to block up to the largest, as the widths of an AdU-Net do; expected those that the search wrote.");
        }

        if (content.Architecture is { } text && !Architecture.Parse(text, family).ToString().Equals(architecture.ToString(), StringComparison.Ordinal))
        {
            throw new ArchitectureException($"The field 'Architecture' says {text}, but 'Widths' says {architecture}; correct one of them.");
        }

        return architecture;
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

    private sealed record Content(string? Family, string? Architecture, IReadOnlyList<IReadOnlyList<int>>? Widths);
}

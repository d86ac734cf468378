using System.Globalization;
using System.Text;
using System.Text.Json;
using AdwUNet.Imaging;

namespace AdwUNet.Datasets;

/// <summary>Reads <c>dataset.json</c>, whose fields tell its form, or a folder without one.</summary>
internal sealed class DatasetDescription
{
    /// <summary>How the names of macOS's companion files begin.</summary>
    private const string CompanionPrefix = "._";

    private const int ChannelDigits = 4;

    private static readonly JsonDocumentOptions Json = new() { AllowTrailingCommas = true };

    private DatasetDescription(string folder, string path, DatasetOptions options) => (Folder, FilePath, Options) = (folder, path, options);

    /// <summary>The full path of the dataset's folder.</summary>
    public string Folder { get; }

    /// <summary>The full path of the description.</summary>
    public string FilePath { get; }

    public DatasetOptions Options { get; }

    public static Dataset Read(string folder, DatasetOptions options)
    {
        var full = Path.GetFullPath(folder);
        if (!Directory.Exists(full))
        {
            throw new DatasetException(
                $"The dataset folder {full} does not exist; give the folder that holds {Dataset.DescriptionFile}.");
        }

        var path = Path.Combine(full, Dataset.DescriptionFile);
        var description = new DatasetDescription(full, path, options);
        if (!File.Exists(path)) return PlainFolder.Read(description);
        try
        {
            using var document = JsonDocument.Parse(ReadText(path), Json);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object) throw description.Fault("is not a JSON object");
            return root.TryGetProperty("channel_names", out _) ? NnUNetDescription.Read(description, root) : DecathlonDescription.Read(description, root);
        }
        catch (JsonException e)
        {
            throw new DatasetException(
                $"{path} is not valid JSON (line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}); correct it or download it again.", e);
        }
        catch (InvalidOperationException e)
        {
            throw new DatasetException($"{path} holds a name that is not valid Unicode; correct it.", e);
        }
        catch (DecoderFallbackException e)
        {
            throw new DatasetException($"{path} is not encoded in UTF-8 (invalid byte {e.Index} of a block); save it as UTF-8.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DatasetException($"{path} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>A case's id: its file's name without the ending of an image and without a channel number such as <c>_0000</c>.</summary>
    public static string IdOf(string path)
    {
        var name = NameOf(path);
        return IsChannel(name) ? name[..^(ChannelDigits + 1)] : name;
    }

    /// <summary>A file's name without the ending of an image.</summary>
    public static string NameOf(string path)
    {
        var name = FileName(path);
        return ImageFormats.EndingOf(name) is { } ending ? name[..^ending.Length] : name;
    }

    /// <summary>Whether a name without its ending ends in a channel number such as <c>_0000</c>.</summary>
    public static bool IsChannel(string name) =>
        name.Length > ChannelDigits + 1 && name[^(ChannelDigits + 1)] == '_' && !name.AsSpan(name.Length - ChannelDigits).ContainsAnyExceptInRange('0', '9');

    /// <summary>A number as file names have it.</summary>
    public static string ChannelSuffix(int channel) => "_" + channel.ToString("D4", CultureInfo.InvariantCulture);

    /// <summary>Whether a file is a companion that macOS leaves beside the file of the same name.</summary>
    public static bool IsCompanion(string path) => FileName(path).StartsWith(CompanionPrefix, StringComparison.Ordinal);

    /// <summary>The part behind the last separator of either kind.</summary>
    public static string FileName(string path) => path[(path.LastIndexOfAny(['/', '\\']) + 1)..];

    /// <summary>Makes a case.</summary>
    public DatasetCase Case(string id, IReadOnlyList<string> images, string label, DatasetLabels labels) =>
        new(id, [.. images.Select(Existing)], Existing(label), new DatasetReading(Options.Orientation, labels.FileValues));

    /// <summary>Creates the dataset. Sorts the cases and refuses a case that is listed twice.</summary>
    public Dataset Make(string name, string form, DatasetLabels labels, IReadOnlyList<string> modalities, List<DatasetCase> cases, IReadOnlyList<string>? notes = null)
    {
        if (cases.Count == 0) throw Fault("lists no training case; put pairs of image and label into \"training\"");
        cases.Sort((a, b) => string.CompareOrdinal(a.Id, b.Id));
        var twice = cases.GroupBy(c => Composed(c.Id), StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1);
        if (twice is not null) throw Fault($"lists the case {twice.Key} twice; keep one of them");
        if (labels.Scheme?.Fault(labels.Classes.Count) is { } fault) throw Fault($"contradicts itself in \"labels\": {fault}");
        return new Dataset(name, Folder, labels, modalities, cases) { Form = form, Orientation = Options.Orientation, Notes = notes ?? [] };
    }

    /// <summary>Compares the number of cases with the number in the description.</summary>
    public void CheckNumber(JsonElement root, int cases, int companions = 0)
    {
        if (!root.TryGetProperty("numTraining", out var value)) return;
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt32(out var number))
            throw Fault("gives a \"numTraining\" that is not a whole number");
        if (number != cases && number != cases + companions)
            throw Fault($"says \"numTraining\": {number} but lists {cases} training cases; correct one of the two");
    }

    /// <summary>The values of an object whose keys are whole numbers.</summary>
    public SortedDictionary<int, string> Numbered(JsonElement element, string field)
    {
        var byNumber = new SortedDictionary<int, string>();
        foreach (var property in element.EnumerateObject())
        {
            if (!int.TryParse(property.Name, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                throw Fault($"has the key \"{property.Name}\" in \"{field}\", expected 0, 1, 2 ...");
            if (!byNumber.TryAdd(number, Text(property.Value, field)))
                throw Fault($"has the number {number} twice in \"{field}\"; keep one");
        }

        if (byNumber.Count == 0) throw Fault($"names nothing in \"{field}\"");
        return byNumber;
    }

    /// <summary>The same without gaps.</summary>
    public IReadOnlyList<string> Channels(JsonElement element, string field)
    {
        var byNumber = Numbered(element, field);
        var gap = Enumerable.Range(0, byNumber.Count).FirstOrDefault(i => !byNumber.ContainsKey(i), -1);
        return gap < 0
            ? [.. byNumber.Values]
            : throw Fault($"numbers \"{field}\" {string.Join(", ", byNumber.Keys)}, without {gap}; number them 0, 1, 2 ... without gaps, in the files too");
    }

    public JsonElement Field(JsonElement parent, string name, JsonValueKind kind, string? where = null)
    {
        var place = where is null ? "" : $" of {where}";
        if (!parent.TryGetProperty(name, out var value)) throw Fault($"has no \"{name}\"{place}");
        return value.ValueKind == kind
            ? value
            : throw Fault($"has a \"{name}\"{place} that is {value.ValueKind}, expected {kind}");
    }

    /// <summary>Gets a string. JSON can contain unpaired surrogates, which .NET does not decode.</summary>
    public string Text(JsonElement element, string where)
    {
        if (element.ValueKind != JsonValueKind.String) throw Fault($"holds {element.ValueKind} in \"{where}\", expected text");
        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new DatasetException($"{FilePath} holds text in \"{where}\" that is not valid Unicode; correct it.", e);
        }
    }

    /// <summary>The full path of a file of the dataset; backslashes separate folders, as the tools of Windows write them.</summary>
    public string Inside(string relative, string where)
    {
        var path = relative.Replace('\\', '/');
        var isInside = !path.Contains('\0') && !Path.IsPathRooted(path) && !(path.Length > 1 && path[1] == ':');
        var full = isInside ? Path.GetFullPath(Path.Combine(Folder, path)) : "";
        return isInside && full.StartsWith(Path.TrimEndingDirectorySeparator(Folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? full
            : throw Fault($"names \"{relative}\" at {where}, which leaves the dataset's folder; use paths such as ./imagesTr/x.nii.gz");
    }

    public DatasetException Fault(string fault) => new($"{FilePath} {fault}.");

    /// <summary>
    /// The file of a name. Accents can be one character (NFC) or two (NFD, which macOS writes), so that a name and a file's can differ
    /// although they look alike.
    /// </summary>
    public static string Existing(string path)
    {
        if (Path.Exists(path) || Path.GetDirectoryName(path) is not { } folder || !Directory.Exists(folder)) return path;
        var wanted = Composed(Path.GetFileName(path));
        return Array.Find(Directory.GetFileSystemEntries(folder), other => Composed(Path.GetFileName(other)) == wanted) ?? path;
    }

    private static string Composed(string name)
    {
        try
        {
            return name.Normalize(NormalizationForm.FormC);
        }
        catch (ArgumentException)
        {
            return name; // no valid Unicode
        }
    }

    private static string ReadText(string path)
    {
        using var reader = new StreamReader(path, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true), detectEncodingFromByteOrderMarks: true);
        return reader.ReadToEnd();
    }
}

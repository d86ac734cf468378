using System.Globalization;
using System.Text.Json;

namespace AdwUNet.Datasets;

/// <summary>Reads <c>dataset.json</c>.</summary>
internal sealed class DecathlonDescription
{
    /// <summary>How the names of macOS's companion files begin.</summary>
    private const string CompanionPrefix = "._";

    private static readonly string[] ImageEndings = [".nii.gz", ".nii"];

    private static readonly JsonDocumentOptions Options = new() { AllowTrailingCommas = true };

    private readonly string _folder;
    private readonly string _path;

    private DecathlonDescription(string folder, string path) => (_folder, _path) = (folder, path);

    public static DecathlonDataset Read(string folder)
    {
        var full = Path.GetFullPath(folder);
        if (!Directory.Exists(full))
        {
            throw new DatasetException(
                $"The dataset folder {full} does not exist; give the folder that holds {DecathlonDataset.DescriptionFile}.");
        }

        var path = Path.Combine(full, DecathlonDataset.DescriptionFile);
        if (!File.Exists(path))
        {
            throw new DatasetException(
                $"The folder {full} holds no {DecathlonDataset.DescriptionFile}; give the folder of a dataset in decathlon form.");
        }

        try
        {
            using var document = JsonDocument.Parse(File.ReadAllText(path), Options);
            return new DecathlonDescription(full, path).Read(document.RootElement);
        }
        catch (JsonException e)
        {
            throw new DatasetException(
                $"{path} is no valid JSON (line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}); mend it or fetch it again.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DatasetException($"{path} cannot be read: {e.Message}", e);
        }
    }

    private DecathlonDataset Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object) throw Fault("is no JSON object");
        var modalities = Numbered(Field(root, "modality", JsonValueKind.Object), "modality");
        var classes = Numbered(Field(root, "labels", JsonValueKind.Object), "labels");
        if (classes.Count < 2) throw Fault("names no class beside background in \"labels\"");
        return new DecathlonDataset(
            Text(Field(root, "name", JsonValueKind.String), "name"), _folder, modalities, classes, Cases(root));
    }

    private List<DecathlonCase> Cases(JsonElement root)
    {
        var training = Field(root, "training", JsonValueKind.Array);
        var cases = new List<DecathlonCase>();
        var companions = 0;
        var index = 0;
        foreach (var entry in training.EnumerateArray())
        {
            var where = $"training[{index++}]";
            if (entry.ValueKind != JsonValueKind.Object) throw Fault($"has no object with \"image\" and \"label\" at {where}");
            var image = Text(Field(entry, "image", JsonValueKind.String, where), where);
            var label = Text(Field(entry, "label", JsonValueKind.String, where), where);
            if (FileName(image).StartsWith(CompanionPrefix, StringComparison.Ordinal))
                companions++;
            else
                cases.Add(new DecathlonCase(Id(image, where), Inside(image, where), Inside(label, where)));
        }

        CheckNumber(root, cases.Count, companions);
        if (cases.Count == 0) throw Fault("lists no training case; put pairs of image and label into \"training\"");
        cases.Sort((a, b) => string.CompareOrdinal(a.Id, b.Id));
        for (var i = 1; i < cases.Count; i++)
        {
            if (cases[i].Id == cases[i - 1].Id) throw Fault($"lists the case {cases[i].Id} twice; keep one of them");
        }

        return cases;
    }

    private void CheckNumber(JsonElement root, int cases, int companions)
    {
        if (!root.TryGetProperty("numTraining", out var value)) return;
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt32(out var number))
            throw Fault("gives a \"numTraining\" that is no whole number");
        if (number != cases && number != cases + companions)
            throw Fault($"says \"numTraining\": {number} but lists {cases} training cases; correct one of the two");
    }

    /// <summary>The values of an object whose keys are "0", "1", "2" ... in any order, without gaps.</summary>
    private List<string> Numbered(JsonElement element, string field)
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
        var expected = 0;
        foreach (var number in byNumber.Keys)
        {
            if (number != expected)
            {
                throw Fault(
                    $"numbers \"{field}\" {string.Join(", ", byNumber.Keys)}, without {expected}; number them 0, 1, 2 ... without gaps, "
                    + "in the files too");
            }

            expected++;
        }

        return [.. byNumber.Values];
    }

    private JsonElement Field(JsonElement parent, string name, JsonValueKind kind, string? where = null)
    {
        var place = where is null ? "" : $" of {where}";
        if (!parent.TryGetProperty(name, out var value)) throw Fault($"has no \"{name}\"{place}");
        return value.ValueKind == kind
            ? value
            : throw Fault($"has a \"{name}\"{place} that is {value.ValueKind}, expected {kind}");
    }

    /// <summary>A string; JSON can hold halves of characters, which .NET strings from JSON cannot.</summary>
    private string Text(JsonElement element, string where)
    {
        if (element.ValueKind != JsonValueKind.String) throw Fault($"holds {element.ValueKind} in \"{where}\", expected text");
        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new DatasetException($"{_path} holds text in \"{where}\" that is no valid Unicode; mend it.", e);
        }
    }

    private static string FileName(string relative) => relative[(relative.LastIndexOfAny(['/', '\\']) + 1)..];

    private string Id(string image, string where)
    {
        var name = FileName(image);
        foreach (var ending in ImageEndings)
        {
            if (name.Length > ending.Length && name.EndsWith(ending, StringComparison.OrdinalIgnoreCase))
                return name[..^ending.Length];
        }

        throw Fault($"names the image \"{image}\" at {where}, which ends in neither .nii.gz nor .nii");
    }

    /// <summary>The full path of a file of the dataset.</summary>
    private string Inside(string relative, string where)
    {
        // A backslash separates folders on some systems only, and is part of no name in a dataset.
        var isInside = !relative.Contains('\0') && !relative.Contains('\\') && !Path.IsPathRooted(relative);
        var full = isInside ? Path.GetFullPath(Path.Combine(_folder, relative)) : "";
        return isInside && full.StartsWith(Path.TrimEndingDirectorySeparator(_folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? full
            : throw Fault($"names \"{relative}\" at {where}, which leaves the dataset's folder; use paths such as ./imagesTr/x.nii.gz");
    }

    private DatasetException Fault(string fault) => new($"{_path} {fault}.");
}

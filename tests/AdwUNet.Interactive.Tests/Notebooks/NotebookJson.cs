using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace AdwUNet.Interactive.Tests.Notebooks;

/// <summary>A notebook's file, for what the tests ask of it.</summary>
internal sealed partial class NotebookJson(string path)
{
    private const int DigestLength = 16;

    // As `adw run` writes them, so that outputs are all that differs.
    private static readonly JsonSerializerOptions FileForm = new()
    {
        WriteIndented = true,
        IndentSize = 1,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly JsonObject _root = JsonNode.Parse(File.ReadAllText(path))!.AsObject();

    /// <summary>The file's name without its ending.</summary>
    public string Name => Path.GetFileNameWithoutExtension(path);

    /// <summary>The file's length in bytes.</summary>
    public long Length => new FileInfo(path).Length;

    /// <summary>Its code cells, in order.</summary>
    public IReadOnlyList<JsonObject> Code => [.. _root["cells"]!.AsArray().Select(cell => cell!.AsObject()).Where(cell => (string?)cell["cell_type"] == "code")];

    /// <summary>A digest of all code: what outputs are outputs of.</summary>
    public string CodeDigest => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', Code.Select(cell => Text(cell["source"]))))))[..DigestLength];

    /// <summary>The digest of the code that the outputs in the file came from, or null where none are kept.</summary>
    public string? OutputsOf
    {
        get => (string?)_root["metadata"]!["adwunet"]?["outputs_of_code"];
        set => _root["metadata"]!["adwunet"] = new JsonObject { ["outputs_of_code"] = value };
    }

    /// <summary>The outputs of a code cell.</summary>
    public static IReadOnlyList<JsonObject> OutputsOfCell(JsonObject cell) => [.. cell["outputs"]!.AsArray().Select(output => output!.AsObject())];

    /// <summary>All outputs, as text and as HTML.</summary>
    public string OutputTexts => string.Join('\n', Code.SelectMany(OutputsOfCell).Select(output =>
        output["text"] is { } stream ? Text(stream) : $"{Text(output["data"]?["text/plain"])}\n{Text(output["data"]?["text/html"])}"));

    /// <summary>A text that stands as one string or as lines.</summary>
    public static string Text(JsonNode? node) => node is JsonArray lines ? string.Concat(lines.Select(line => (string?)line)) : (string?)node ?? "";

    /// <summary>Sets the text parameters that the cell tagged <c>parameters</c> declares, in a cell after it, as <c>adw run -p</c> does.</summary>
    public void SetParameters(IReadOnlyDictionary<string, string> values)
    {
        var cell = Code.First(cell => cell["metadata"]!["tags"] is JsonArray tags && tags.Any(tag => (string?)tag == "parameters"));
        var names = TextParameter().Matches(Text(cell["source"])).Select(match => match.Groups[1].Value).Where(values.ContainsKey).ToList();
        if (names.Count == 0) return;
        var cells = _root["cells"]!.AsArray();
        cells.Insert(cells.IndexOf(cell) + 1, NewCell("injected-parameters", string.Join('\n', names.Select(name => $"{name} = \"{values[name]}\";"))));
    }

    /// <summary>The code of the exercises' solutions: the C# blocks of the last Markdown cell.</summary>
    public IReadOnlyList<string> Solutions => [.. SolutionCode().Matches(Text(_root["cells"]!.AsArray()[^1]!["source"])).Select(match => match.Groups[1].Value)];

    /// <summary>Adds each solution as a code cell at the end, so that an engine runs them after the notebook.</summary>
    public void AppendSolutions()
    {
        foreach (var (number, code) in Solutions.Index()) _root["cells"]!.AsArray().Add((JsonNode)NewCell($"solution-{number + 1}", code));
    }

    /// <summary>Writes the file anew.</summary>
    public void Save() => File.WriteAllText(path, _root.ToJsonString(FileForm) + "\n");

    private static JsonObject NewCell(string id, string code) => new()
    {
        ["cell_type"] = "code",
        ["execution_count"] = null,
        ["id"] = id,
        ["metadata"] = new JsonObject(),
        ["outputs"] = new JsonArray(),
        ["source"] = code,
    };

    [GeneratedRegex(@"^```csharp\n(.*?)\n```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex SolutionCode();

    [GeneratedRegex(@"^string (\w+) =", RegexOptions.Multiline)]
    private static partial Regex TextParameter();
}

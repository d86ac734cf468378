using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AdwUNet.Interactive.Tests.Notebooks;

/// <summary>A notebook's file, for what the tests ask of it.</summary>
internal sealed class NotebookJson(string path)
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

    /// <summary>A text that stands as one string or as lines.</summary>
    public static string Text(JsonNode? node) => node is JsonArray lines ? string.Concat(lines.Select(line => (string?)line)) : (string?)node ?? "";

    /// <summary>Writes the file anew.</summary>
    public void Save() => File.WriteAllText(path, _root.ToJsonString(FileForm) + "\n");
}

using System.Text.Json.Nodes;
using AdwUNet.Kernel.Execution;

namespace AdwUNet.Kernel.Notebooks;

/// <summary>One cell of a notebook file: a view of its JSON.</summary>
internal sealed class NotebookCell(JsonObject json)
{
    public JsonObject Json { get; } = json;

    /// <summary><c>code</c>, <c>markdown</c> or <c>raw</c>.</summary>
    public string Kind => Json.Text("cell_type") ?? "raw";

    public bool IsCode => Kind == "code";

    public string? Id
    {
        get => Json.Text("id");
        set => Json["id"] = value;
    }

    public string Source => TextOf(Json["source"]);

    public JsonArray Outputs => Json["outputs"] as JsonArray ?? [];

    public int? ExecutionCount
    {
        get => Json.Integer("execution_count");
        set => Json["execution_count"] = value;
    }

    /// <summary>The language of the cell's text according to its metadata; C# where the metadata has none.</summary>
    /// <exception cref="NotebookException">The language cannot be run.</exception>
    public CellLanguage Language
    {
        get
        {
            var name = Json.Text("metadata", "polyglot_notebook", "kernelName")
                ?? Json.Text("metadata", "dotnet_interactive", "language")
                ?? Json.Text("metadata", "vscode", "languageId")
                ?? "csharp";
            return CellLanguages.Named(name) ?? throw new NotebookException(
                $"The cell '{Id}' is written in '{name}'; only C#, HTML, Markdown, JavaScript, Mermaid and value cells can be run.");
        }
    }

    /// <summary>A new code cell.</summary>
    public static NotebookCell Code(string id, string source, params string[] tags) => new(new JsonObject
    {
        ["cell_type"] = "code",
        ["execution_count"] = null,
        ["id"] = id,
        ["metadata"] = tags.Length == 0 ? [] : new JsonObject { ["tags"] = new JsonArray([.. tags.Select(tag => (JsonNode)tag)]) },
        ["outputs"] = new JsonArray(),
        ["source"] = LinesOf(source),
    });

    public bool HasTag(string tag) =>
        (Json["metadata"] as JsonObject)?["tags"] is JsonArray tags && tags.Any(each => each.Text() == tag);

    /// <summary>Removes the outputs and the execution count of an earlier run.</summary>
    public void ClearOutputs()
    {
        Json["outputs"] = new JsonArray();
        ExecutionCount = null;
    }

    /// <summary>The first line that is not empty, a <c>#r</c> line or a <c>using</c> directive; it stands for the cell in the progress.</summary>
    public string Summary =>
        Source.Split('\n').Select(line => line.Trim()).FirstOrDefault(IsTelling)
        ?? Source.Split('\n')[0].Trim();

    /// <summary>The value of a multi-line text, which notebook files hold as a list of lines or as one string.</summary>
    public static string TextOf(JsonNode? node) => node switch
    {
        JsonArray lines => string.Concat(lines.Select(line => line.Text())),
        JsonValue value when value.TryGetValue<string>(out var text) => text,
        null => "",
        _ => node.ToJsonString(),
    };

    /// <summary>A multi-line text as a list of lines with their line ends, the form of notebook files.</summary>
    public static JsonArray LinesOf(string text)
    {
        var lines = new JsonArray();
        var start = 0;
        while (start < text.Length)
        {
            var end = text.IndexOf('\n', start);
            end = end < 0 ? text.Length : end + 1;
            lines.Add((JsonNode)text[start..end]);
            start = end;
        }

        return lines;
    }

    private static bool IsTelling(string line)
    {
        var isUsingDirective = line.StartsWith("using ", StringComparison.Ordinal)
            && line.EndsWith(';') && !line.Contains('(', StringComparison.Ordinal);
        return line.Length > 0 && !line.StartsWith("#r ", StringComparison.Ordinal) && !isUsingDirective;
    }
}

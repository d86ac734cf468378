using System.Text.Json.Nodes;

namespace AdwUNet.Kernel.Notebooks;

/// <summary>Reads <c>.dib</c> files: plain text in which lines such as <c>#!csharp</c> begin cells.</summary>
internal static class DibFile
{
    /// <summary>Converts the text to the form of an <c>.ipynb</c> file.</summary>
    public static JsonObject Read(string text)
    {
        var cells = new JsonArray();
        var language = "csharp";
        var lines = new List<string>();
        foreach (var line in text.ReplaceLineEndings("\n").Split('\n'))
        {
            if (CellStart(line) is { } next)
            {
                Close();
                language = next;
            }
            else
            {
                lines.Add(line);
            }
        }

        Close();
        return new JsonObject
        {
            ["cells"] = cells,
            ["metadata"] = new JsonObject
            {
                ["kernelspec"] = new JsonObject { ["display_name"] = ".NET (C#)", ["language"] = "C#", ["name"] = ".net-csharp" },
                ["language_info"] = new JsonObject { ["name"] = "C#" },
            },
            ["nbformat"] = 4,
            ["nbformat_minor"] = 5,
        };

        void Close()
        {
            var source = string.Join('\n', lines).Trim('\n');
            lines.Clear();
            if (source.Length == 0 || language == "meta")
                return;
            var cell = NotebookCell.Code($"cell-{cells.Count + 1}", source).Json;
            if (language == "markdown")
            {
                cell["cell_type"] = "markdown";
                cell.Remove("outputs");
                cell.Remove("execution_count");
            }
            else if (language != "csharp")
            {
                cell["metadata"] = new JsonObject { ["polyglot_notebook"] = new JsonObject { ["kernelName"] = language } };
            }

            cells.Add((JsonNode)cell);
        }
    }

    // Only lines that name a language begin a cell; `#!time` and `#!import` belong to the cell that they are in.
    private static string? CellStart(string line) => line.Trim() switch
    {
        "#!meta" => "meta",
        "#!csharp" or "#!c#" => "csharp",
        "#!markdown" => "markdown",
        "#!html" => "html",
        "#!fsharp" or "#!f#" => "fsharp",
        "#!pwsh" or "#!powershell" => "pwsh",
        "#!javascript" or "#!js" => "javascript",
        "#!mermaid" => "mermaid",
        "#!sql" => "sql",
        "#!kql" => "kql",
        "#!http" => "http",
        "#!value" => "value",
        _ => null,
    };
}

using System.Text.Json.Nodes;
using AdwUNet.Kernel.Notebooks;

namespace AdwUNet.Kernel.Tests;

/// <summary>Notebooks that tests put into their folder.</summary>
internal static class NotebookFiles
{
    /// <summary>A notebook of code cells; a text that begins with <c>#</c> and a space, or <c>md:</c>, is a Markdown cell.</summary>
    public static string Notebook(this TemporaryFolder folder, string name, params string[] cells) =>
        Write(folder, name, parameters: null, cells);

    /// <summary>A notebook whose first code cell is tagged <c>parameters</c>.</summary>
    public static string Parameterised(this TemporaryFolder folder, string name, string parameters, params string[] cells) =>
        Write(folder, name, parameters, cells);

    private static string Write(TemporaryFolder folder, string name, string? parameters, string[] cells)
    {
        var json = new JsonArray();
        if (parameters is not null)
            json.Add((JsonNode)NotebookCell.Code("parameters", parameters, "parameters").Json);
        foreach (var source in cells)
        {
            var cell = NotebookCell.Code($"cell-{json.Count}", source).Json;
            if (source.StartsWith("# ", StringComparison.Ordinal) || source.StartsWith("md:", StringComparison.Ordinal))
            {
                cell = new JsonObject
                {
                    ["cell_type"] = "markdown",
                    ["id"] = $"cell-{json.Count}",
                    ["metadata"] = new JsonObject(),
                    ["source"] = NotebookCell.LinesOf(source.StartsWith("md:", StringComparison.Ordinal) ? source[3..] : source),
                };
            }

            json.Add((JsonNode)cell);
        }

        var root = new JsonObject
        {
            ["cells"] = json,
            ["metadata"] = new JsonObject
            {
                ["kernelspec"] = new JsonObject { ["display_name"] = ".NET (C#)", ["language"] = "C#", ["name"] = ".net-csharp" },
                ["authors"] = "kept",
            },
            ["nbformat"] = 4,
            ["nbformat_minor"] = 5,
        };
        return folder.Write(name, root.ToJsonString());
    }
}

using System.Text.Json.Nodes;
using AdwUNet.Kernel.Notebooks;

namespace AdwUNet.Kernel.Tests;

/// <summary>A folder for one test, and what tests put into it.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public TemporaryFolder() => Path = Directory.CreateTempSubdirectory("adw test ").FullName;

    public string Path { get; }

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public string Write(string name, string text)
    {
        System.IO.File.WriteAllText(File(name), text);
        return File(name);
    }

    /// <summary>A notebook of code cells; a text that begins with <c>#</c> and a space, or <c>md:</c>, is a Markdown cell.</summary>
    public string Notebook(string name, params string[] cells) => Notebook(name, parameters: null, cells);

    /// <summary>A notebook whose first code cell is tagged <c>parameters</c>.</summary>
    public string Parameterised(string name, string parameters, params string[] cells) => Notebook(name, parameters, cells);

    public void Dispose() => Directory.Delete(Path, recursive: true);

    private string Notebook(string name, string? parameters, string[] cells)
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
        return Write(name, root.ToJsonString());
    }
}

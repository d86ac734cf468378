using System.Text.Json;

namespace AdwUNet.Interactive.Tests.Notebooks;

/// <summary>How the notebooks' code reads on a page.</summary>
public sealed class NotebookTextTests(NotebookBench bench) : IClassFixture<NotebookBench>
{
    /// <summary>Characters of a line that the exported page shows without scrolling, at a width of 1100 pixels.</summary>
    private const int PageWidth = 104;

    [Theory]
    [InlineData("01-preprocess")]
    [InlineData("02-search")]
    [InlineData("03-derive")]
    [InlineData("04-train")]
    [InlineData("05-architecture-weights")]
    public void Lines_of_code_fit_the_page(string notebook)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(bench.Notebook(notebook)));
        var lines = json.RootElement.GetProperty("cells").EnumerateArray()
            .Where(cell => cell.GetProperty("cell_type").GetString() == "code")
            .SelectMany(cell => cell.GetProperty("source").EnumerateArray().Select(line => line.GetString()!.TrimEnd()))
            .ToList();
        Assert.NotEmpty(lines);
        Assert.DoesNotContain(lines, line => line.Length > PageWidth);
    }
}

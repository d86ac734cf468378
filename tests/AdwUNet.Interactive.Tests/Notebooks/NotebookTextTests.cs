using System.Text.Json;

namespace AdwUNet.Interactive.Tests.Notebooks;

/// <summary>How the notebooks' code reads on a page.</summary>
public sealed class NotebookTextTests(NotebookBench bench) : IClassFixture<NotebookBench>
{
    /// <summary>Characters of a line that the exported page shows without scrolling, at a width of 1100 pixels.</summary>
    private const int PageWidth = 104;

    /// <summary>Lines of a cell: one idea, read without scrolling.</summary>
    private const int LongestCell = 25;

    [Theory]
    [InlineData("01-preprocess")]
    [InlineData("02-search")]
    [InlineData("03-derive")]
    [InlineData("04-train")]
    [InlineData("05-architecture-weights")]
    [InlineData("06-ablate-depth")]
    [InlineData("07-ablate-width")]
    [InlineData("08-mask-placement")]
    [InlineData("learn-mixed-level")]
    public void Lines_of_code_fit_the_page(string notebook)
    {
        var lines = CodeCells(bench.Notebook(notebook)).SelectMany(cell => cell).ToList();
        Assert.NotEmpty(lines);
        Assert.DoesNotContain(lines, line => line.Length > PageWidth);
    }

    [Fact]
    public void No_cell_of_code_is_longer_than_one_idea()
    {
        var notebooks = Directory.GetFiles(Path.Combine(bench.Root, "notebooks"), "*.ipynb");
        Assert.NotEmpty(notebooks);
        var cells = notebooks.SelectMany(CodeCells, (notebook, cell) => (Name: Path.GetFileName(notebook), First: cell[0], Lines: cell.Length));
        Assert.DoesNotContain(cells, cell => cell.Lines > LongestCell);
    }

    private static IEnumerable<string[]> CodeCells(string path)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(path));
        return [.. json.RootElement.GetProperty("cells").EnumerateArray()
            .Where(cell => cell.GetProperty("cell_type").GetString() == "code")
            .Select(cell => cell.GetProperty("source").EnumerateArray().Select(line => line.GetString()!.TrimEnd()).ToArray())];
    }
}

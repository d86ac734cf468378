using System.Text.Json;
using System.Text.RegularExpressions;
using AdwUNet.Tests;

namespace AdwUNet.Interactive.Tests.Notebooks;

/// <summary>How the notebooks read: on a page, and as a series.</summary>
public sealed partial class NotebookTextTests
{
    /// <summary>Characters of a line that the exported page shows without scrolling, at a width of 1100 pixels.</summary>
    private const int PageWidth = 104;

    /// <summary>Lines of a cell that are seen at once beside its output.</summary>
    private const int CellLength = 25;

    private static readonly string Folder = Path.Combine(Repository.Root, "notebooks");

    public static TheoryData<string> Notebooks => [.. Directory.GetFiles(Folder, "*.ipynb").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Notebooks))]
    public void Code_cells_fit_the_page(string notebook)
    {
        var cells = Cells(notebook, "code");
        Assert.NotEmpty(cells);
        Assert.DoesNotContain(cells.SelectMany(cell => cell), line => line.Length > PageWidth);
        Assert.DoesNotContain(cells, cell => cell.Length > CellLength);
    }

    [Theory]
    [MemberData(nameof(Notebooks))]
    public void Notebook_states_purpose_needs_and_time_first_and_exercises_last(string notebook)
    {
        var texts = Cells(notebook, "markdown").Select(cell => string.Join('\n', cell)).ToList();
        Assert.StartsWith("# ", texts[0], StringComparison.Ordinal);
        Assert.All(["**What it shows.**", "**What it needs.**", "**How long it takes.**"], part => Assert.Contains(part, texts[0], StringComparison.Ordinal));
        Assert.Contains("**Try this.**", texts[^1], StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Notebooks))]
    public void Links_and_named_notebooks_exist(string notebook)
    {
        var text = string.Join('\n', Cells(notebook, "markdown").SelectMany(cell => cell));
        var links = Link().Matches(text).Select(match => match.Groups[1].Value).Where(target => !target.StartsWith("https://", StringComparison.Ordinal));
        Assert.All(links, target => Assert.True(Path.Exists(Path.Combine(Folder, target)), $"{notebook} refers to {target}, which is not there."));
        var names = Name().Matches(text).Select(match => match.Groups[1].Value);
        Assert.All(names, name => Assert.True(File.Exists(Path.Combine(Folder, name + ".ipynb")), $"{notebook} speaks of the notebook {name}, which is not there."));
    }

    [Theory]
    [MemberData(nameof(Notebooks))]
    public void Every_exercise_has_a_folded_solution_that_fits_the_page(string notebook)
    {
        var last = string.Join('\n', Cells(notebook, "markdown")[^1]);
        var exercises = Exercise().Count(last[..last.IndexOf("<details>", StringComparison.Ordinal)]);
        Assert.NotEqual(0, exercises);
        Assert.Equal(Enumerable.Range(1, exercises).Select(number => $"Solution {number}"), Summary().Matches(last).Select(match => match.Groups[1].Value));
        var solutions = new NotebookJson(Path.Combine(Folder, notebook)).Solutions;
        Assert.Equal(exercises, solutions.Count);
        Assert.All(solutions.Select(code => code.Split('\n')), lines =>
        {
            Assert.InRange(lines.Length, 1, CellLength);
            Assert.DoesNotContain(lines, line => line.Length > PageWidth);
        });
    }

    [Fact]
    public void Index_links_every_notebook()
    {
        var index = File.ReadAllText(Path.Combine(Folder, "index.md"));
        var links = Link().Matches(index).Select(match => match.Groups[1].Value).Where(link => link.EndsWith(".ipynb", StringComparison.Ordinal))
            .Distinct().Order(StringComparer.Ordinal);
        Assert.Equal(Notebooks.Select(row => row.Data), links);
    }

    [Fact]
    public void Readme_lists_every_notebook()
    {
        var readme = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));
        Assert.All(Notebooks, row => Assert.Contains($"(notebooks/{row.Data})", readme, StringComparison.Ordinal));
    }

    [Fact]
    public void Readme_names_the_version_of_dotnet_interactive_that_the_tests_install()
    {
        var script = File.ReadAllText(Path.Combine(Repository.Root, ".ci", "install-dotnet-interactive"));
        var version = InstalledVersion().Match(script).Groups[1].Value;
        Assert.Contains($"`Microsoft.dotnet-interactive` {version} ", File.ReadAllText(Path.Combine(Repository.Root, "README.md")), StringComparison.Ordinal);
    }

    private static List<string[]> Cells(string notebook, string kind)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, notebook)));
        return
        [
            .. json.RootElement.GetProperty("cells").EnumerateArray()
                .Where(cell => cell.GetProperty("cell_type").GetString() == kind)
                .Select(cell => cell.GetProperty("source").EnumerateArray().Select(line => line.GetString()!.TrimEnd()).ToArray()),
        ];
    }

    [GeneratedRegex(@"^version=(\d+\.\d+\.\d+)$", RegexOptions.Multiline)]
    private static partial Regex InstalledVersion();

    [GeneratedRegex(@"^\d+\. ", RegexOptions.Multiline)]
    private static partial Regex Exercise();

    [GeneratedRegex("<details>\\n<summary>(.*?)</summary>\\n\\n")]
    private static partial Regex Summary();

    [GeneratedRegex(@"\]\(([^)#\s]+)")]
    private static partial Regex Link();

    [GeneratedRegex(@"`((?:\d\d|learn|paper)-[a-z][a-z-]*)`")]
    private static partial Regex Name();
}

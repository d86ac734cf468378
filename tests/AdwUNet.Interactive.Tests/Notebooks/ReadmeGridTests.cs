using System.Text.Json;
using System.Text.RegularExpressions;
using AdwUNet.Tests;

namespace AdwUNet.Interactive.Tests.Notebooks;

/// <summary>The grid in README.md as a notebook, on a small dataset.</summary>
public sealed partial class ReadmeGridTests
{
    [Fact]
    public void The_grid_in_the_README_is_ten_lines_and_runs()
    {
        const int most = 10;
        var code = Grid().Match(File.ReadAllText(Path.Combine(Repository.Root, "README.md"))).Groups[1].Value;
        Assert.InRange(code.TrimEnd().Split('\n').Length, 3, most);
        code = code.Replace("Task04_Hippocampus", "phantom", StringComparison.Ordinal).Replace("\"laptop\"", "\"check\"", StringComparison.Ordinal)
            .Replace("[1, 2]", "[1]", StringComparison.Ordinal);
        using var bench = new NotebookBench("none");
        var cell = new { cell_type = "code", id = "a", metadata = new { }, outputs = Array.Empty<object>(), execution_count = (int?)null, source = code };
        var kernel = new { kernelspec = new { name = ".net-csharp", display_name = ".NET (C#)", language = "C#" } };
        File.WriteAllText(bench.Notebook("readme"), JsonSerializer.Serialize(new { cells = new[] { cell }, metadata = kernel, nbformat = 4, nbformat_minor = 5 }));

        var (exit, output, errors) = bench.Run("notebooks/readme.ipynb");

        Assert.True(exit == 0, output + errors);
        const int variants = 5;
        Assert.Equal(variants, Directory.GetFiles(bench.Runs, "outcome.json", SearchOption.AllDirectories).Length);
        Assert.StartsWith("variant,fold,seed,case,class,dice", File.ReadAllText(Path.Combine(bench.Root, "notebooks", "depth.csv")), StringComparison.Ordinal);
    }

    [GeneratedRegex("```csharp\n(#!import shared/setup.dib\n.*?)```", RegexOptions.Singleline)]
    private static partial Regex Grid();
}

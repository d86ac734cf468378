using AdwUNet.Experiments;
using AdwUNet.Tests.Golden;

namespace AdwUNet.Runs.Tests.Experiments;

/// <summary>Result files that were edited, merged or damaged are refused with a sentence. They never give other figures in silence.</summary>
public sealed class DamagedResultsTests : IDisposable
{
    private const string First = "networks/manual/fold0/seed1";
    private const string FirstDice = "0.8907947398513436";

    private readonly TemporaryFolder _folder = new(inMemory: true);
    private readonly HippocampusStudy _study = new("unused");

    public DamagedResultsTests()
    {
        foreach (var file in Directory.GetFiles(Path.Combine(GoldenFiles.Root, "notebooks", "results", "hippocampus")))
        {
            File.Copy(file, _folder.PathOf(Path.GetFileName(file)));
        }

        ResultFiles.SaveScores(new Dictionary<string, double> { [First] = 0.5 }, _folder.Root);
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("rows.csv", $"two lines of {First};")]
    [InlineData("cases.csv", $"two lines of {First}, hippocampus_023, Anterior;")]
    [InlineData("curves.csv", $"two lines of {First}, training, 0;")]
    [InlineData("supernet.csv", $"two lines of {First};")]
    public void A_line_that_occurs_twice_is_refused(string file, string message)
    {
        Change(file, lines => [.. lines, lines[1]]);
        Assert.Contains(message, Refused(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rows.csv", $"no row of the run '{First}'")]
    [InlineData("cases.csv", $"is damaged at the run '{First}' (Case hippocampus_035 has classes [Anterior, Posterior], case hippocampus_023 [Posterior]")]
    [InlineData("curves.csv", $"the row of the run '{First}' differs from its epochs")]
    [InlineData("architectures.json", $"a row of the run '{First}', but no architecture or no scans of it")]
    public void A_line_that_is_missing_is_refused(string file, string message)
    {
        Change(file, lines => [lines[0], .. lines[2..]]);
        Assert.Contains(message, Refused(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"0,8907947\"")] // a spreadsheet with decimal commas
    [InlineData("NaN")]
    [InlineData("1e999")]
    [InlineData($"{FirstDice},{FirstDice}")]
    public void A_value_that_is_no_finite_number_is_refused(string value)
    {
        Change("cases.csv", lines => [lines[0], lines[1].Replace(FirstDice, value, StringComparison.Ordinal), .. lines[2..]]);
        Assert.Contains("cases.csv is damaged in line 2 ", Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_scan_that_is_missing_is_refused()
    {
        Change("cases.csv", lines => [lines[0], .. lines[3..]]); // of both classes
        Assert.Contains($"the row of the run '{First}' differs from its scans", Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_figure_that_was_edited_is_refused()
    {
        Change("cases.csv", lines => [lines[0], lines[1].Replace(FirstDice, "0.9907947398513436", StringComparison.Ordinal), .. lines[2..]]);
        Assert.Contains($"the row of the run '{First}' differs from its scans", Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_column_that_is_missing_is_refused()
    {
        Change("cases.csv", lines => [.. lines.Select(line => line[..line.LastIndexOf(',')])]);
        Assert.Contains("cases.csv does not begin with the columns run, scan, class", Refused(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "architectures.json cannot be read")]
    [InlineData("{", "architectures.json is not valid")]
    [InlineData($$"""{"{{First}}": null}""", "but no architecture")]
    [InlineData($$$"""{"{{{First}}}": {"family": "adwUNet", "widths": [[0]]}}""", $"is damaged at the run '{First}' (")]
    public void Architectures_that_are_missing_or_damaged_are_refused(string? text, string message)
    {
        if (text is null) File.Delete(_folder.PathOf("architectures.json"));
        else File.WriteAllText(_folder.PathOf("architectures.json"), text);
        Assert.Contains(message, Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_another_program_holds_is_refused()
    {
        using var held = new FileStream(_folder.PathOf("cases.csv"), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        Assert.Contains("cases.csv cannot be read", Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_export_replaces_damaged_files_and_does_not_lose_the_results_of_other_runs()
    {
        var results = _study.AllResults(_folder.Root);
        var rows = File.ReadAllText(_folder.PathOf("rows.csv"));
        GridResults fewer = new([.. results.Skip(1)]);
        var error = Assert.Throws<ExperimentException>(() => ResultFiles.Save(fewer, _folder.Root));
        Assert.Contains($"rows.csv has 1 run that is not finished here, such as '{First}'", error.Message, StringComparison.Ordinal);
        Assert.Throws<ExperimentException>(() => ResultFiles.Save(new([]), _folder.Root));
        Assert.Equal(rows, File.ReadAllText(_folder.PathOf("rows.csv")));

        ResultFiles.Save(results, _folder.Root);
        Assert.Equal(rows, File.ReadAllText(_folder.PathOf("rows.csv")));
        Change("rows.csv", lines => lines[1..]);
        ResultFiles.Save(fewer, _folder.Root);
        Assert.Equal(results.Count - 1, _study.AllResults(_folder.Root).Count);
    }

    private string Refused() => Assert.Throws<ExperimentException>(() =>
    {
        _study.AllResults(_folder.Root);
        ResultFiles.LoadScores(_folder.Root);
    }).Message;

    private void Change(string file, Func<string[], string[]> change) => File.WriteAllLines(_folder.PathOf(file), change(File.ReadAllLines(_folder.PathOf(file))));
}

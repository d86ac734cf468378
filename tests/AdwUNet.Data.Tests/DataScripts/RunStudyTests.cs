namespace AdwUNet.Data.Tests.DataScripts;

/// <summary>The command line of the study; what it calls is tested with the library.</summary>
public sealed class RunStudyTests(RunStudy study) : IClassFixture<RunStudy>
{
    [Fact]
    public void The_runs_are_listed_in_their_order_without_data()
    {
        var folder = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        var (code, output, errors) = study.Script("--folder", folder, "--list");
        Assert.Equal((0, ""), (code, errors));
        var lines = output.TrimEnd().Split('\n');
        Assert.Equal((67, "waiting   manual, fold 0, seed 1", "waiting   AdwU-Net, budget 1.5, fold 0, seed 2"), (lines.Length, lines[0], lines[^1]));
        Assert.False(Directory.Exists(folder), "the list made a folder");
    }

    [Fact]
    public void Wrong_arguments_and_unknown_runs_are_named()
    {
        Assert.Equal((2, "There is no option --row-s.\nRun with --help to see all options.\n"), Ended(study.Script("--row-s", "x")));
        Assert.Equal((2, "--threads needs a number of at least 1.\nRun with --help to see all options.\n"), Ended(study.Script("--threads", "0")));
        Assert.All(["--folder", "--row", "--export", "--score"], option =>
            Assert.Equal((2, $"{option} needs a value.\nRun with --help to see all options.\n"), Ended(study.Script(option, ""))));
        var (code, _, errors) = study.Script("--row", "AdwU-Net, fold 9");
        Assert.Equal(1, code);
        Assert.StartsWith("The study has no run 'AdwU-Net, fold 9'", errors, StringComparison.Ordinal);
    }

    private static (int, string) Ended((int Code, string Output, string Errors) run) => (run.Code, run.Errors);
}

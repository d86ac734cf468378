using AdwUNet.Experiments;
using AdwUNet.Verdict;

namespace AdwUNet.Interactive.Tests.Notebooks;

/// <summary>
/// What the first screen of README.md and the notebook <c>09-verdict</c> say is computed from the results in <c>notebooks/results/hippocampus</c>. After new
/// results, <c>ADWUNET_WRITE_VERDICT=1 dotnet run --project tests/AdwUNet.Interactive.Tests -c Release -- -class "*VerdictPageTests"</c> writes README.md's part and
/// its picture anew.
/// </summary>
public sealed class VerdictPageTests
{
    private const string WriteVariable = "ADWUNET_WRITE_VERDICT";
    private const string Begin = "<!-- verdict: written by VerdictPageTests -->\n";
    private const string End = "<!-- end of verdict -->\n";

    private static readonly string Notebooks = Path.Combine(Repository.Root, "notebooks");
    private static readonly string Folder = Path.Combine(Notebooks, "results", "hippocampus");
    private static readonly string Readme = Path.Combine(Repository.Root, "README.md");
    private static readonly string Picture = Path.Combine(Notebooks, "images", "verdict.svg");

    private static readonly HippocampusStudy Study = new("unused");
    private static readonly GridResults Results = Study.Results(Folder);
    private static readonly StudyVerdict Verdict = new(Study, Results, ResultFiles.LoadScores(Folder));

    [Fact]
    public void The_first_screen_says_what_the_results_say()
    {
        var (text, svg) = (ReadmeText(), Charts.DifferencesSvg(Verdict.Differences));
        var readme = File.ReadAllText(Readme);
        var (begin, end) = (readme.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, readme.IndexOf(End, StringComparison.Ordinal));
        if (Environment.GetEnvironmentVariable(WriteVariable) is not null)
        {
            readme = readme[..begin] + text + readme[end..];
            (begin, end) = (readme.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, readme.IndexOf(End, StringComparison.Ordinal));
            File.WriteAllText(Readme, readme);
            File.WriteAllText(Picture, svg);
        }

        Assert.Equal(text, readme[begin..end]);
        Assert.Equal(svg, File.ReadAllText(Picture));
    }

    [Fact]
    public void The_notebook_s_kept_outputs_say_what_the_results_say()
    {
        var texts = new NotebookJson(Path.Combine(Notebooks, "09-verdict.ipynb")).OutputTexts;
        Assert.All([Verdict.Progress, Verdict.Limits], text => Assert.Contains(text, texts, StringComparison.Ordinal));
        Assert.All(Verdict.All, answer => Assert.Contains(answer.Text, texts, StringComparison.Ordinal));
        HtmlFigure[] tables = [Tables.Runs(Results), Tables.Comparisons(Verdict.Networks), Tables.Practices(Checklist.Of(Results))];
        Assert.All(tables, table => Assert.Contains(table.Body, texts, StringComparison.Ordinal));
    }

    private static string ReadmeText()
    {
        return $"""
            **Does the search find anything?** {Verdict.Headline} {Verdict.Limits}

            ![Difference in Dice of each network to nnU-Net's manual network on the scans of fold 0, with 95 % intervals](notebooks/images/verdict.svg)

            {Verdict.Progress} This command recomputes all figures from the [results of each scan](notebooks/results/hippocampus/README.md) in seconds:
            `dotnet run --project src/AdwUNet.Kernel -c Release -- run notebooks/09-verdict.ipynb --html`

            """.ReplaceLineEndings("\n");
    }
}

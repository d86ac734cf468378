using AdwUNet.Experiments;
using AdwUNet.Verdict;

namespace AdwUNet.Interactive.Tests.Notebooks;

/// <summary>
/// What the notebook <c>10-search-under-a-budget</c> says about hippocampus scans is computed from the results in <c>notebooks/results/hippocampus</c>. After new
/// results its outputs are written anew (<see cref="KeptOutputTests"/>).
/// </summary>
public sealed class BudgetPageTests
{
    private static readonly string Notebooks = Path.Combine(Repository.Root, "notebooks");
    private static readonly HippocampusStudy Study = new("unused");
    private static readonly BudgetVerdict Verdict = new(Study, Study.AllResults(Path.Combine(Notebooks, "results", "hippocampus")));

    [Fact]
    public void The_notebook_s_kept_outputs_say_what_the_results_say()
    {
        var texts = new NotebookJson(Path.Combine(Notebooks, "10-search-under-a-budget.ipynb")).OutputTexts;
        Assert.Contains(Verdict.Progress, texts, StringComparison.Ordinal);
        Assert.Contains(Verdict.AgainstScaling.Text, texts, StringComparison.Ordinal);
        Assert.All(Verdict.Uses, use => Assert.Contains(use.Result.Run.Name, texts, StringComparison.Ordinal));
        Assert.Contains(Verdict.Comparisons.Count > 0 ? Tables.Comparisons(Verdict.Comparisons).Body : Verdict.Progress, texts, StringComparison.Ordinal);
    }

    [Fact]
    public void The_first_screen_of_the_verdict_does_not_know_the_budgets() =>
        Assert.DoesNotContain(Study.Results(Path.Combine(Notebooks, "results", "hippocampus")), result => result.Run.Settings.FlopsOfManual is not null);
}

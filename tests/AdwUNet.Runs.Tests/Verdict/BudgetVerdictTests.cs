using AdwUNet.Experiments;
using AdwUNet.Verdict;

namespace AdwUNet.Runs.Tests.Verdict;

/// <summary>What the study says about searches under a budget, from nothing to all runs.</summary>
public class BudgetVerdictTests
{
    private const long Manual = 2_000_000;

    private static readonly HippocampusStudy Study = new("unused");

    [Fact]
    public void Without_a_search_under_a_budget_that_is_said_and_nothing_is_known()
    {
        var verdict = new BudgetVerdict(Study, Results(Study.Rows));
        Assert.Equal("None of the 8 searches under a budget is finished yet.", verdict.Progress);
        Assert.Equal("Not known yet. A comparison with manual scaling needs at least 1 finished run and has 0; run more first.", verdict.AgainstScaling.Text);
        Assert.Equal(["manual, scaled", "random", "AdwU-Net, no budget"], verdict.Groups.Keys);
        Assert.Equal(["AdwU-Net, no budget", "random networks"], verdict.Comparisons.Select(comparison => comparison.Name));
        Assert.Empty(verdict.Uses);
    }

    [Fact]
    public void Before_manual_scaling_has_a_curve_nothing_is_compared()
    {
        var verdict = new BudgetVerdict(Study, Results([.. Study.Rows.Take(2), .. Study.AllRows.Skip(59).Take(2)]));
        Assert.Equal("2 of 8 searches under a budget are finished.", verdict.Progress);
        Assert.Empty(verdict.Comparisons);
        Assert.Equal("Not known yet. The curve of manual scaling needs at least 3 finished runs and has 1; run more first.", verdict.AgainstScaling.Text);
        Assert.Equal(["manual, scaled", "AdwU-Net, no budget", "AdwU-Net under a budget"], verdict.Groups.Keys);
    }

    [Fact]
    public void Without_the_manual_network_the_budgets_have_no_shares()
    {
        var verdict = new BudgetVerdict(Study, Results([Study.AllRows[^1]]));
        Assert.Empty(verdict.Uses);
        Assert.Equal("1 of 8 searches under a budget is finished.", verdict.Progress);
    }

    [Theory]
    [InlineData(0.02, "AdwU-Net under a budget is better than manual scaling at the same operations on these scans: ")]
    [InlineData(-0.02, "AdwU-Net under a budget is worse than manual scaling at the same operations on these scans: ")]
    [InlineData(0.001, "AdwU-Net under a budget and manual scaling at the same operations are equal within 0.005: ")]
    public void With_all_runs_searching_is_compared_with_the_curve_at_its_own_operations(double gain, string sentence)
    {
        var verdict = new BudgetVerdict(Study, Results(Study.AllRows, gain));
        Assert.Equal("8 of 8 searches under a budget are finished.", verdict.Progress);
        Assert.StartsWith(sentence, verdict.AgainstScaling.Text, StringComparison.Ordinal);
        Assert.EndsWith(" on 40 scans of fold 0.", verdict.AgainstScaling.Text, StringComparison.Ordinal);
        var budgets = verdict.Comparisons.Take(4).ToArray();
        Assert.Equal(Study.Budgets.Variants.Select(variant => variant.Name), budgets.Select(comparison => comparison.Name));
        Assert.All(budgets, comparison => Assert.Equal(gain, comparison.Interval.Mean, 9));
        Assert.Equal((9, 20, 3, 8), (verdict.Groups["manual, scaled"].Count, verdict.Groups["random"].Count, verdict.Groups["AdwU-Net, no budget"].Count, verdict.Budgeted.Count));
        Assert.All(verdict.Uses, use => Assert.Equal(0.97, use.Share, 6));
    }

    // Each Dice lies on a line over the logarithm of the operations, one for each scan, plus a gain of the searches under a budget.
    private static GridResults Results(IEnumerable<GridRun> runs, double gain = 0) => new([.. runs.Select((run, i) =>
    {
        var flops = run.Settings.FlopsOfManual is { } share ? (long)(0.97 * share * Manual)
            : run.Variant.Name == HippocampusStudy.Manual ? Manual
            : Study.Scaling.Runs.Contains(run) ? Manual / 4 * (1 + Study.Scaling.Runs.Index().First(scaled => scaled.Item == run).Index) // on both sides of every budget
            : Manual + (100_000 * i);
        return MadeResults.Of(
            run, [.. Enumerable.Range(0, 40).Select(scan => 0.5 + (0.001 * (scan % 13)) + ((0.01 + (0.0001 * scan)) * Math.Log2(flops)) + (run.Settings.FlopsOfManual is null ? 0 : gain))], flops);
    })]);
}

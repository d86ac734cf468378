using AdwUNet.Experiments;
using AdwUNet.Verdict;

namespace AdwUNet.Runs.Tests.Verdict;

/// <summary>The answers of the study, from nothing to all runs.</summary>
public class StudyVerdictTests
{
    private static readonly HippocampusStudy Study = new("unused");

    [Fact]
    public void Without_runs_nothing_is_known_and_what_is_missing_is_said()
    {
        var verdict = new StudyVerdict(Study, new GridResults([]));
        Assert.Equal("0 of 59 runs are finished.", verdict.Progress);
        Assert.All(verdict.All, answer => Assert.False(answer.IsKnown));
        Assert.Equal("Not known yet. AdwU-Net is not finished on any fold.", verdict.AgainstManual.Text);
        Assert.Equal("There is no verdict yet: the study is running.", verdict.Headline);
        Assert.Empty(verdict.Networks);
        Assert.Empty(verdict.Differences);
    }

    [Fact]
    public void With_all_runs_everything_is_known()
    {
        var results = Results(Study.Rows);
        var scores = results.ToDictionary(r => r.Run.Key, r => -r.Dice!.Value); // losses
        var verdict = new StudyVerdict(Study, results, scores);
        Assert.All(verdict.All, answer => Assert.True(answer.IsKnown, answer.Text));
        Assert.Equal("59 of 59 runs are finished.", verdict.Progress);
        Assert.Equal([HippocampusStudy.AdwU, HippocampusStudy.AdU, HippocampusStudy.AwU, HippocampusStudy.MaskAfter], verdict.Networks.Select(c => c.Name));
        Assert.All(verdict.Networks, comparison => Assert.Equal(200, comparison.Folds.Count));
        Assert.Equal((20, 9), (verdict.Random.Count, verdict.Scaled.Count));
        Assert.Contains(" GFLOPs (mean over 5 folds), that of the manual network ", verdict.Limits, StringComparison.Ordinal);
        var (searched, manual) = (SeedsOf(HippocampusStudy.AdwU), SeedsOf(HippocampusStudy.Manual));
        Assert.Equal((3, 3), (searched.Length, manual.Length));
        Assert.Equal(
            Comparison.Of(searched, manual, name: "AdwU-Net (mean of 3 seeds)", other: "nnU-Net's manual network (mean of 3 seeds)").Sentence, verdict.OverSeeds.Text);
        Assert.Contains("Kendall's τ is 1.00 over 20 networks", verdict.Ranking.Text, StringComparison.Ordinal);
        Assert.Equal($"{verdict.AgainstManual.Text} {verdict.AgainstScaling.Text} {verdict.AgainstRandom.Text}", verdict.Headline);
        Assert.Equal(Study.Random.Runs.Select(run => run.Variant.Name).Order(), verdict.Differences.TakeLast(20).Select(comparison => comparison.Name).Order());

        GridResult[] SeedsOf(string variant) => [.. results.Where(result => result.Run.Fold == 0 && result.Run.Variant.Name == variant)];
    }

    [Fact]
    public void With_the_first_runs_the_first_questions_are_answered()
    {
        var verdict = new StudyVerdict(Study, Results(Study.Rows.Take(4)));
        Assert.Equal((true, true, true, false), (verdict.AgainstManual.IsKnown, verdict.AgainstRandom.IsKnown, verdict.Resolution.IsKnown, verdict.Seeds.IsKnown));
        Assert.Equal("Not known yet. A mean over seeds needs at least 2 finished runs and has 1; run more first.", verdict.OverSeeds.Text);
        Assert.Equal(["AdwU-Net", "random 1", "random 2"], verdict.Differences.Select(comparison => comparison.Name).Order());
        Assert.Equal("AdwU-Net", verdict.Differences[0].Name);
        Assert.True(verdict.Differences[1].Interval.Mean >= verdict.Differences[2].Interval.Mean);
        Assert.Equal($"{verdict.AgainstManual.Text} {verdict.AgainstRandom.Text}", verdict.Headline);
        Assert.EndsWith("A forward pass of AdwU-Net takes 0.001 GFLOPs, that of the manual network 0.001.", verdict.Limits, StringComparison.Ordinal);
        Assert.EndsWith(
            "Whether it beats networks drawn at random is not known yet: 1 of 20 is finished.", new StudyVerdict(Study, Results(Study.Rows.Take(3))).Headline, StringComparison.Ordinal);
    }

    [Fact]
    public void The_searches_under_a_budget_are_none_of_its_runs()
    {
        var verdict = new StudyVerdict(Study, Results(Study.AllRows));
        Assert.Equal("59 of 59 runs are finished.", verdict.Progress);
        Assert.DoesNotContain(verdict.Differences, comparison => comparison.Name.Contains("budget", StringComparison.Ordinal));
        Assert.Equal("1 of 59 runs is finished.", new StudyVerdict(Study, Results([Study.Rows[0], Study.AllRows[^1]])).Progress);
    }

    [Fact]
    public void Networks_of_different_folds_are_not_compared_and_that_is_said()
    {
        GridRun[] runs = [Study.Row("manual, fold 0, seed 1"), Study.Row("AdwU-Net, fold 1, seed 1"), Study.Row("AdU-Net, fold 0, seed 1")];
        var verdict = new StudyVerdict(Study, Results(runs));
        Assert.Equal(["AdU-Net"], verdict.Networks.Select(comparison => comparison.Name));
        Assert.StartsWith("Not known yet. The results have 0 scans in common", verdict.AgainstManual.Text, StringComparison.Ordinal);
        Assert.Equal("There is no verdict yet: the study is running.", verdict.Headline);
    }

    [Fact]
    public void Equal_networks_give_answers_without_numbers_that_are_none()
    {
        var results = new GridResults([.. Study.Rows.Select((run, i) => MadeResults.Of(run, [.. Enumerable.Range(0, 40).Select(scan => 0.85 + (0.001 * (scan % 7)))], 1000 + i))]);
        var verdict = new StudyVerdict(Study, results, results.ToDictionary(result => result.Run.Key, _ => 0.5));
        Assert.All(verdict.All, answer => Assert.DoesNotContain("NaN", answer.Text, StringComparison.Ordinal));
        Assert.StartsWith("AdwU-Net and nnU-Net's manual network are equal within 0.005: ", verdict.AgainstManual.Text, StringComparison.Ordinal);
        Assert.Equal((true, false), (verdict.Resolution.IsKnown, verdict.Ranking.IsKnown));
    }

    private static GridResults Results(IEnumerable<GridRun> runs) => new([.. runs.Select((run, i) => MadeResults.Of(
        run, [.. Enumerable.Range(0, 40).Select(scan => 0.85 + (0.0003 * i) + (0.001 * (scan * (i + 7) % 13)))], flops: 1_000_000 + (100_000 * i), curve:
        [
            .. run.Settings.Architecture == ArchitectureSource.Search ? [new CurvePoint(CurvePoint.Search, 0, 100, 1, 0.1)] : Array.Empty<CurvePoint>(),
            .. Enumerable.Range(0, 5).Select(epoch => new CurvePoint(CurvePoint.Training, epoch, 10, 1, 0.1 * epoch)),
        ]))]);
}

using AdwUNet.Experiments;
using AdwUNet.Verdict;

namespace AdwUNet.Runs.Tests.Verdict;

/// <summary>The checklist for research on architecture search.</summary>
public class ChecklistTests
{
    [Fact]
    public void Nothing_but_a_manual_network_answers_little()
    {
        var items = Checklist.Of([MadeResults.Of("manual", [0.8, 0.8])]);
        Assert.Equal(Enumerable.Range(1, 14), items.Select(item => item.Number));
        Assert.Equal([1, 3, 4, 6, 7, 11, 14], items.Where(item => item.IsDone).Select(item => item.Number));
        Assert.All(items, item => Assert.NotEmpty(item.Evidence));
    }

    [Fact]
    public void A_whole_study_answers_all_but_two()
    {
        var study = new HippocampusStudy("unused");
        Assert.Equal([10, 12], NotDone([.. study.Rows.Where(row => !row.Variant.Name.EndsWith("1e-3", StringComparison.Ordinal)).Select(row => MadeResults.Of(row, [0.8, 0.8]))]));
        Assert.Contains("20 random networks", Items(study)[7].Evidence, StringComparison.Ordinal);

        // The rows with another weight decay are another training.
        Assert.Equal([4, 10, 12], NotDone([.. study.Rows.Select(row => MadeResults.Of(row, [0.8, 0.8]))]));
    }

    [Theory]
    [InlineData("1.0.0", "EPYC", 1, new[] { 1, 2, 3, 11, 14 })] // no commit, and two versions
    [InlineData("1.0.0+abc", "Xeon", 1, new[] { 11 })]
    [InlineData("1.0.0+abc", "EPYC", 2, new[] { 11 })]
    [InlineData("1.0.0+def", "EPYC", 1, new[] { 11 })]
    public void Another_version_or_machine_is_seen(string version, string processor, int threads, int[] more)
    {
        var study = new HippocampusStudy("unused");
        GridResult[] results = [.. study.Rows.Where(row => !row.Variant.Name.EndsWith("1e-3", StringComparison.Ordinal)).Select(row => MadeResults.Of(row, [0.8, 0.8]))];
        results[5] = With(results[5], new(version, processor, threads, "bfloat16"));
        Assert.Equal(more.Concat([10, 12]).Order(), NotDone(results));
    }

    private static GridResult With(GridResult result, RunOrigin origin) =>
        new(result.Run, result.Architecture, result.Weights, result.ForwardFlops, result.Evaluation) { Cost = result.Cost, Curve = result.Curve, Origin = origin };

    private static IReadOnlyList<ChecklistItem> Items(HippocampusStudy study) => Checklist.Of([.. study.Rows.Select((row, i) => new GridResult(
        row, Architectures.Architecture.FromWidths([[4 + i], [8], [4]]), 1, 1, MadeResults.Of("x", [0.8, 0.8]).Evaluation)
    { Cost = new(1, 1, 1, 1), Curve = [new(CurvePoint.Training, 0, 1, 1, 1)], Origin = MadeResults.Origin })]);

    private static IEnumerable<int> NotDone(GridResult[] results)
    {
        // Random networks differ.
        GridResult[] distinct = [.. results.Select((r, i) => new GridResult(r.Run, Architectures.Architecture.FromWidths([[4 + i], [8], [4]]), 1, 1, r.Evaluation)
        { Cost = r.Cost, Curve = r.Curve, Origin = r.Origin })];
        return Checklist.Of(distinct).Where(item => !item.IsDone).Select(item => item.Number);
    }
}

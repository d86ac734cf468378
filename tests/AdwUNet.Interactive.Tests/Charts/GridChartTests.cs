using System.Text.Json;
using AdwUNet.Architectures;
using AdwUNet.Evaluation;
using AdwUNet.Experiments;
using AdwUNet.Interactive.Tests.Html;

namespace AdwUNet.Interactive.Tests;

public class GridChartTests
{
    private const string Cheap = "cheap"; // half the operations of the others

    private static readonly string Evil = Samples.Evil.Replace('/', ' '); // a name of a folder

    private static readonly GridResults Results = Make(
        ("shallow", [[[6, 12], [24], [12]], [[12], [12, 12], [6]]], [0.5, 0.6]), (Evil, [[[12], [24], [12]], [[12], [24], [12]]], [0.7, 0.7]));

    [Fact]
    public void Outcomes_have_a_point_and_an_interval_per_variant()
    {
        var (traces, layout) = HtmlChecks.Chart(ChartHtml.Render(Charts.Outcomes(Results)));

        var trace = Assert.Single(traces.EnumerateArray());
        var difference = Results.Summaries()[1].DiceDifference!;
        Assert.Equal([0, difference.Mean], Numbers(trace.GetProperty("x")));
        Assert.Equal([0, difference.Upper - difference.Mean], Numbers(trace.GetProperty("error_x").GetProperty("array")));
        Assert.Equal([0, difference.Mean - difference.Lower], Numbers(trace.GetProperty("error_x").GetProperty("arrayminus")));
        Assert.Equal("shallow<br>0.550 ± 0.071", trace.GetProperty("y")[0].GetString());
        Assert.Contains("&lt;script&gt;", trace.GetProperty("y")[1].GetString(), StringComparison.Ordinal);
        Assert.Equal("difference in Dice", Title(layout.GetProperty("xaxis")));
    }

    [Fact]
    public void Dice_against_FLOPs_has_a_point_per_run_and_a_colour_per_variant()
    {
        var (traces, layout) = HtmlChecks.Chart(ChartHtml.Render(Charts.DiceAgainstFlops(Results)));

        Assert.Equal(2, traces.GetArrayLength());
        Assert.Equal([0.5, 0.6], Numbers(traces[0].GetProperty("y")));
        Assert.Equal([2, 4], Numbers(traces[0].GetProperty("x"))); // GFLOPs
        Assert.NotEqual(traces[0].GetProperty("marker").ToString(), traces[1].GetProperty("marker").ToString());
        Assert.Equal("Dice", Title(layout.GetProperty("yaxis")));
    }

    [Fact]
    public void The_Pareto_front_has_the_variants_that_no_other_beats_with_as_few_operations()
    {
        int[][] widths = [[6, 12], [24], [12]];
        var results = Make((Cheap, [widths, widths], [0.3, 0.5]), ("better", [widths, widths], [0.6, 0.8]), ("beaten", [widths, widths], [0.5, 0.6]));
        var (traces, _) = HtmlChecks.Chart(ChartHtml.Render(Charts.Pareto(results)));
        Assert.Equal([1.5, 3.0], Numbers(traces[0].GetProperty("x"))); // GFLOPs: the mean over the runs
        Assert.Equal([0.4, 0.7], Numbers(traces[0].GetProperty("y")).Select(dice => Math.Round(dice, 9)));
        Assert.Equal([Cheap, "better", "beaten"], traces.EnumerateArray().Skip(1).Select(trace => trace.GetProperty("name").GetString()));
        var interval = results.Summaries()[1].DiceInterval!;
        Assert.Equal(0.7, interval.Mean, 9);
        Assert.Equal(interval.Upper - interval.Mean, Numbers(traces[2].GetProperty("error_y").GetProperty("array")).Single());
    }

    [Fact]
    public void A_Pareto_front_of_groups_has_a_trace_for_each_group_and_one_front_of_all()
    {
        int[][] widths = [[6, 12], [24], [12]];
        var results = Make((Cheap, [widths], [0.4]), ("better", [widths], [0.7]), ("beaten", [widths], [0.5]));
        var groups = new Dictionary<string, GridResults> { ["scaled"] = new([results[0], results[2]]), ["searched"] = new([results[1]]) };
        var (traces, _) = HtmlChecks.Chart(ChartHtml.Render(Charts.Pareto(groups)));
        Assert.Equal(["Pareto front", "scaled", "searched"], traces.EnumerateArray().Select(trace => trace.GetProperty("name").GetString()));
        Assert.Equal([0.4, 0.7], Numbers(traces[0].GetProperty("y")));
        Assert.Equal([0.4, 0.5], Numbers(traces[1].GetProperty("y")));
        Assert.Equal([Cheap, "beaten"], traces[1].GetProperty("text").EnumerateArray().Select(text => text.GetString()));
    }

    [Fact]
    public void Depths_have_a_row_per_run_and_a_column_per_block()
    {
        var (traces, layout) = HtmlChecks.Chart(ChartHtml.Render(Charts.DerivedDepths(Results)));

        var heat = Assert.Single(traces.EnumerateArray());
        Assert.Equal(["encoder 0", "bottleneck", "decoder 0"], heat.GetProperty("x").EnumerateArray().Select(x => x.GetString()));
        Assert.Equal([[2, 1, 1], [1, 2, 1], [1, 1, 1], [1, 1, 1]], heat.GetProperty("z").EnumerateArray().Select(Numbers));
        Assert.Equal(["2", "1", "1"], heat.GetProperty("text")[0].EnumerateArray().Select(t => t.GetString()));
        Assert.Equal("shallow, fold 0, seed 1", heat.GetProperty("y")[0].GetString());
        Assert.Contains("&lt;script&gt;", heat.GetProperty("y")[2].GetString(), StringComparison.Ordinal);
        Assert.Equal("reversed", layout.GetProperty("yaxis").GetProperty("autorange").GetString());
    }

    [Fact]
    public void Widths_are_means_as_shares_of_the_largest()
    {
        var heat = HtmlChecks.Chart(ChartHtml.Render(Charts.DerivedWidths(Results))).Traces[0];

        Assert.Equal([[0.75, 1, 1], [1, 0.5, 0.5], [1, 1, 1], [1, 1, 1]], heat.GetProperty("z").EnumerateArray().Select(Numbers));
        Assert.Equal("0.75", heat.GetProperty("text")[0][0].GetString());
    }

    [Fact]
    public void Only_decisions_that_differ_have_a_column()
    {
        var html = ChartHtml.Render(Charts.DecisionsThatDiffer(Results.Of("shallow")));
        var (traces, _) = HtmlChecks.Chart(html);

        var heat = traces[0];
        string[] decisions = ["encoder 0, depth", "encoder 0, conv 1", "bottleneck, depth", "bottleneck, conv 1", "decoder 0, conv 1"];
        Assert.Equal(decisions, heat.GetProperty("x").EnumerateArray().Select(x => x.GetString()));
        Assert.Equal([["2", "6", "1", "24", "12"], ["1", "12", "2", "12", "6"]], heat.GetProperty("text").EnumerateArray().Select(row => row.EnumerateArray().Select(t => t.GetString()!)));
        Assert.Equal([[1, 0, 0, 1, 1], [0, 1, 1, 0, 0]], heat.GetProperty("z").EnumerateArray().Select(Numbers));
        Assert.Contains("1 of 6 decisions are the same in all runs.", html, StringComparison.Ordinal);
        Assert.Equal(
            "All 6 decisions of the 2 runs are the same; nothing differs.",
            Assert.Throws<ChartException>(() => Charts.DecisionsThatDiffer(Results.Of(Evil))).Message);
    }

    [Fact]
    public void Tables_have_a_row_per_run_and_a_row_per_variant()
    {
        var (runs, variants) = (Tables.Runs(Results), Tables.Variants(Results));

        HtmlChecks.AssertWellFormed(runs.Html);
        HtmlChecks.AssertWellFormed(variants.Html);
        var lines = runs.Text.Split(Environment.NewLine);
        Assert.Equal(5, lines.Length);
        Assert.Matches(@"^shallow +0 +1 +0\.500 +5\.00 +– +0\.001 +2\.00 +0\.0 +0\.0 +\[\[6, 12\], \[24\], \[12\]\]$", lines[1]);
        Assert.Matches(@"^shallow +2 +0\.550\u00A0±\u00A00\.071 +– +4\.50\u00A0±\u00A00\.71 +– +0\.001 +3\.00 +0\.0$", variants.Text.Split(Environment.NewLine)[1]);
        Assert.Contains("+0.150 [", variants.Text, StringComparison.Ordinal);
        Assert.Contains("−1.50 [", variants.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_data_frame_has_a_row_for_each_class_of_each_scan()
    {
        var frame = Results.ToDataFrame();

        Assert.Equal(4 * 2, frame.Rows.Count);
        Assert.Equal(typeof(GridRow).GetProperties().Select(property => property.Name), frame.Columns.Select(column => column.Name));
        Assert.Equal(0.5f, (float)frame.Columns.GetDoubleColumn("Dice")[0]!.Value);
        HtmlChecks.AssertWellFormed(GridFrames.Table(frame).Html);
    }

    [Fact]
    public void Charts_without_finished_runs_are_rejected()
    {
        foreach (var chart in new Func<object>[] { () => Charts.DiceAgainstFlops([]), () => Charts.DerivedDepths([]), () => Charts.DerivedWidths([]), () => Charts.DecisionsThatDiffer([]) })
        {
            Assert.Equal("No run of the grid is finished yet; run it first.", Assert.Throws<ChartException>(chart).Message);
        }
    }

    [Fact]
    public void Networks_of_different_plans_are_rejected()
    {
        var deeper = Make(("deeper", [[[12], [24], [24], [12], [12]]], [0.5]));
        Assert.Equal(
            "The runs have networks of 1 and of 2 poolings; show only runs of one plan in a chart.",
            Assert.Throws<ChartException>(() => Charts.DerivedDepths([.. Results, .. deeper])).Message);
    }

    private static IEnumerable<double> Numbers(JsonElement array) => array.EnumerateArray().Select(v => v.GetDouble());

    private static string? Title(JsonElement axis) => axis.GetProperty("title").GetProperty("text").GetString();

    /// <summary>Variants with one network and one Dice per seed.</summary>
    private static GridResults Make(params (string Variant, int[][][] Networks, double[] Dice)[] variants)
    {
        var small = Profile.Check with { WidthDivisor = 4 };
        var grid = new Experiment("unused", "phantom", small, "cpu").Grid("grid", seeds: [.. Enumerable.Range(1, variants[0].Dice.Length)]);
        foreach (var (variant, _, _) in variants) grid.Add(variant, e => e with { Space = e.Space with { BaseWidth = 12, MaxWidth = 24 } });
        return new([.. grid.Runs.Select((run, i) =>
        {
            var (variant, networks, dice) = variants[i / variants[0].Dice.Length];
            return new GridResult(run, Architecture.FromWidths(networks[run.Seed - 1]), 1000, (variant == Cheap ? 1_000_000_000L : 2_000_000_000L) * run.Seed, Report(dice[run.Seed - 1]));
        })]);
    }

    private static EvaluationReport Report(double dice) => new([.. Enumerable.Range(0, 2).Select(i => new CaseResult
    {
        Case = $"case_{i}",
        Classes = [new() { Class = "organ", Presence = ClassPresence.Both, Dice = dice, HausdorffDistance95 = 10 * (1 - dice), ReferenceVoxels = 100, PredictionVoxels = 90 }],
    })]);
}

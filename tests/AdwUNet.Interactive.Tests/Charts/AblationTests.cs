using System.Text.Json;
using AdwUNet.Architectures;
using AdwUNet.Datasets;
using AdwUNet.Experiments;
using AdwUNet.Interactive.Tests.Html;
using AdwUNet.Planning;
using AdwUNet.Training;

namespace AdwUNet.Interactive.Tests;

public class AblationTests
{
    private const int Pools = 1;
    private static readonly SearchSpace Space = new() { Family = Family.AdwUNet, BaseWidth = 12, MaxWidth = 24, MaxDepth = 2 };

    private static readonly AblationResult[] Results =
    [
        Result("shallow", 1, [[6, 12], [24], [12]], 0.5), Result("shallow", 2, [[12], [12, 12], [6]], 0.75), Result(Samples.Evil, 1, [[12], [24], [12]], null),
    ];

    [Fact]
    public void Ablation_plots_Dice_against_weights_with_a_colour_and_shape_per_variant()
    {
        var (traces, layout) = HtmlChecks.Chart(ChartHtml.Render(Charts.Ablation(Results)));

        var trace = Assert.Single(traces.EnumerateArray()); // the other variant has no Dice
        Assert.Equal("shallow", trace.GetProperty("name").GetString());
        Assert.Equal(Results[..2].Select(r => r.Cost.Weights / 1e6), Numbers(trace.GetProperty("x")));
        Assert.Equal([0.5, 0.75], Numbers(trace.GetProperty("y")));
        Assert.Equal("markers", trace.GetProperty("mode").GetString());
        Assert.Equal("million weights", Title(layout.GetProperty("xaxis")));
    }

    [Fact]
    public void Depths_have_a_row_per_run_and_a_column_per_block()
    {
        var (traces, layout) = HtmlChecks.Chart(ChartHtml.Render(Charts.DerivedDepths(Results)));

        var heat = Assert.Single(traces.EnumerateArray());
        Assert.Equal(["encoder 0", "bottleneck", "decoder 0"], heat.GetProperty("x").EnumerateArray().Select(x => x.GetString()));
        Assert.Equal([[2, 1, 1], [1, 2, 1], [1, 1, 1]], heat.GetProperty("z").EnumerateArray().Select(Numbers));
        Assert.Equal(["2", "1", "1"], heat.GetProperty("text")[0].EnumerateArray().Select(t => t.GetString()));
        Assert.Equal("shallow, seed 1", heat.GetProperty("y")[0].GetString());
        Assert.Contains("&lt;script&gt;", heat.GetProperty("y")[2].GetString(), StringComparison.Ordinal);
        Assert.Equal("reversed", layout.GetProperty("yaxis").GetProperty("autorange").GetString());
    }

    [Fact]
    public void Widths_are_means_as_shares_of_the_largest()
    {
        var heat = HtmlChecks.Chart(ChartHtml.Render(Charts.DerivedWidths(Results))).Traces[0];

        Assert.Equal([[0.75, 1, 1], [1, 0.5, 0.5], [1, 1, 1]], heat.GetProperty("z").EnumerateArray().Select(Numbers));
        Assert.Equal("0.75", heat.GetProperty("text")[0][0].GetString());
    }

    [Fact]
    public void The_table_has_a_row_per_run()
    {
        var table = Tables.Ablation(Results);

        HtmlChecks.AssertWellFormed(table.Html);
        var lines = table.Text.Split(Environment.NewLine);
        Assert.Equal(4, lines.Length);
        Assert.Matches(@"^shallow +1 +0\.\d{3} +\d+\.\d\d +0\.400 +0\.500 +\[\[6, 12\], \[24\], \[12\]\]$", lines[1]);
        Assert.Matches(@" +– +\[\[12\], \[24\], \[12\]\]$", lines[3]);
        Assert.StartsWith("3 finished runs.", table.Caption, StringComparison.Ordinal);
    }

    [Fact]
    public void Charts_without_finished_runs_are_rejected()
    {
        foreach (var chart in new Func<object>[] { () => Charts.Ablation([]), () => Charts.DerivedDepths([]), () => Charts.DerivedWidths([]) })
        {
            Assert.Equal("No run of the ablation is finished yet; run it first.", Assert.Throws<ChartException>(chart).Message);
        }
    }

    [Fact]
    public void Networks_of_different_plans_are_rejected()
    {
        var deeper = Result("deeper", 1, [[12], [24], [24], [12], [12]], 0.5);
        Assert.Equal(
            "The runs have networks of 1 and of 2 poolings; show only runs of one plan in a chart.",
            Assert.Throws<ChartException>(() => Charts.DerivedDepths([.. Results, deeper])).Message);
    }

    private static IEnumerable<double> Numbers(JsonElement array) => array.EnumerateArray().Select(v => v.GetDouble());

    private static string? Title(JsonElement axis) => axis.GetProperty("title").GetProperty("text").GetString();

    private static AblationResult Result(string variant, int seed, int[][] widths, double? dice)
    {
        var architecture = Architecture.FromWidths(widths);
        var training = Enumerable.Range(0, 4).Select(epoch => new TrainingEpoch
        {
            Epoch = epoch,
            TrainingLoss = 0.1,
            ValidationLoss = 0.2,
            ValidationDice = [epoch == 0 ? 0 : dice, null],
            MovingAverageDice = 0,
            LearningRate = 0.01,
            Seconds = 1,
        });
        return new(
            new AblationRun(new(variant, Space), seed, "unused"),
            architecture,
            NetworkCost.Of(architecture, Samples.Plan(architecture.PoolCount)),
            Samples.Search(3, pools: Pools),
            [.. training]);
    }
}

using AdwUNet.Experiments;
using AdwUNet.Interactive.Tests.Html;
using AdwUNet.Verdict;

namespace AdwUNet.Interactive.Tests;

/// <summary>Tables and charts of the paper.</summary>
public class PaperTests
{
    [Fact]
    public void Printed_figures_have_a_row_for_each_class_and_a_column_for_each_method()
    {
        var table = Tables.Published(PaperTables.Table3);
        Assert.Equal("""
            task             class  nnU-Net          AdU-Net          AwU-Net          AdwU-Net
            Task05_Prostate  1      0.6679 (0.2087)  0.6783 (0.2056)  0.6754 (0.2132)  0.6882 (0.2018)
            Task05_Prostate  2      0.8410 (0.1477)  0.8486 (0.1331)  0.8501 (0.1205)  0.8595 (0.0810)
            Task05_Prostate  mean   0.7544 (0.1412)  0.7634 (0.1397)  0.7627 (0.1396)  0.7738 (0.1179)
            """.ReplaceLineEndings(), table.Text.Replace('\u00A0', ' '));
        HtmlChecks.AssertWellFormed(table.Html);
        Assert.Contains("Table 3 of", table.Caption, StringComparison.Ordinal);
    }

    [Fact]
    public void Table_5_has_our_counts_beside_the_printed_ones()
    {
        var text = Tables.ManualScaling(PaperTable5.Rows, PaperTask.Prostate.PublishedPlan()).Text;
        Assert.Matches(@"nnU-Net +0\.53 +0\.527 +0\.474 +42\.50 +42\.51 +2²⁰ +11991 ", text);
        Assert.Matches(@"depth × 2 +0\.94 +0\.944 +0\.889 +81\.27 +81\.27 +10⁶ +15802 ", text);
    }

    [Fact]
    public void Experiments_have_hours_and_memory_or_say_what_is_missing()
    {
        PaperExperiment[] rows = [new(PaperTask.Hippocampus, PaperNetwork.Named("nnU-Net")), new(PaperTask.Prostate, PaperNetwork.Named("depth-2")), new(PaperTask.Lung, PaperNetwork.Named("AdwUNet"))];
        var hours = ComputeRate.V100.TimeOf(rows[1].Estimate(Profile.Paper)!.Operations).TotalHours;
        var lines = Tables.Experiments(rows, Profile.Paper, [ComputeRate.V100]).Text.Replace('\u00A0', ' ').Split(Environment.NewLine);
        Assert.Matches(@"^-p task=Task04_Hippocampus -p network=nnU-Net +Table 2: 0\.8946 +\d+ +\d", lines[1]);
        Assert.Matches($@"^-p task=Task05_Prostate -p network=depth-2 +Table 5: 0\.7599 +{hours:0} +25\.9$", lines[2]);
        Assert.Matches(@"^-p task=Task06_Lung -p network=AdwUNet +Table 2: 0\.7602 +needs the data +needs the data$", lines[3]);
    }

    [Fact]
    public void Gains_of_the_paper_stand_beside_ours_or_are_said_to_be_missing()
    {
        var ours = new Comparison("a", "b", 0.87, 0.86, new(0.01, 0.008, 0.012, 0.95), new(2, 0.01, 0.001, 0, 0.5, 0, 0.02), [0, 0], 0.005);
        var lines = Tables.Gains([new("AdwU-Net", 0.0194, ours), new("width × 0.5", -0.0074, null)]).Text.Split(Environment.NewLine);
        Assert.Matches(@"^AdwU-Net +\+0\.0194 +\+0\.0100.\[\+0\.0080,.\+0\.0120\] +2 +better$", lines[1]);
        Assert.Matches(@"^width × 0\.5 +−0\.0074 +not run yet", lines[2]);
    }

    [Fact]
    public void An_estimate_says_the_time_of_each_step_at_a_rate()
    {
        var lines = Tables.Estimate(new RunEstimate(Search: 2e12, Training: 120e12, Segmentation: 7200e12, Bytes: 3e9), new ComputeRate("x", 1e12, "stated")).Text.Split(Environment.NewLine);
        Assert.Matches("^search +2\\.000 +2 s$", lines[1]);
        Assert.Matches("^five trainings +120\\.000 +2\\.0 min$", lines[2]);
        Assert.Matches("^segmentations +7,200\\.000 +2\\.0 h$", lines[3]);
        Assert.Matches("^all +7,322\\.000 +2\\.0 h$", lines[4]);
    }

    [Fact]
    public void Figure_2_has_three_lines_that_meet_in_nnUNet_and_three_points()
    {
        var traces = HtmlChecks.Chart(ChartHtml.Render(Charts.ManualScaling(PaperTable5.Rows))).Traces.EnumerateArray().ToList();
        Assert.Equal([4, 4, 3, 1, 1, 1], traces.Select(trace => trace.GetProperty("x").GetArrayLength()));
        Assert.All(traces.Take(3), trace =>
        {
            Assert.Contains(trace.GetProperty("y").EnumerateArray(), dice => dice.GetDouble() == 0.7544);
            var flops = trace.GetProperty("x").EnumerateArray().Select(x => x.GetDouble()).ToArray();
            Assert.Equal(flops.Order(), flops);
        });
    }
}

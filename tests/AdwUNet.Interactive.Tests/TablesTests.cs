using AdwUNet.Architectures;
using AdwUNet.Evaluation;
using AdwUNet.Interactive.Tests.Html;
using AdwUNet.Planning;
using AdwUNet.Prediction;

namespace AdwUNet.Interactive.Tests;

public class TablesTests
{
    private sealed record Row(string CaseName, double Dice, double? SurfaceDistance, int[] Shape);

    [Fact]
    public void Records_become_rows_and_their_properties_columns()
    {
        var table = Tables.Of([new Row("a <b>", 0.91239, null, [1, 2]), new Row("c", double.NaN, 3, [])], "two cases");

        HtmlChecks.AssertWellFormed(table.Html);
        Assert.Equal("""
            case name  dice    surface distance  shape
            a <b>      0.9124  –                 [1, 2]
            c          –       3                 []
            """.ReplaceLineEndings(), table.Text);
        Assert.Contains("a &lt;b&gt;", table.Html, StringComparison.Ordinal);
        Assert.Contains(">two cases</figcaption>", table.Html, StringComparison.Ordinal);
        Assert.EndsWith("two cases", table.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Row_of_wrong_length_is_rejected() =>
        Assert.Contains("Row 1", Assert.Throws<ChartException>(() => Tables.Html(["a"], [[1], [1, 2]])).Message, StringComparison.Ordinal);

    [Fact]
    public void A_plan_names_regions_and_the_ignored_label()
    {
        var plan = Samples.Plan() with { Labels = new() { Regions = [new("whole", [1, 2])], RegionsClassOrder = [1], IgnoreLabel = 3 } };
        Assert.Matches(@"regions +whole \(1, 2\)\n", Tables.Plan(plan).Text);
        Assert.Matches(@"ignored label +3\n", Tables.Plan(plan).Text);
        Assert.Contains(">1 region<", Charts.UNet(PublishedArchitectures.NnUNet(plan.PoolCount), plan).Html, StringComparison.Ordinal);
    }

    [Fact]
    public void A_plan_names_patch_batch_and_classes()
    {
        var table = Tables.Plan(Samples.Plan());

        HtmlChecks.AssertWellFormed(table.Html);
        Assert.Contains("128×128×128", table.Text, StringComparison.Ordinal);
        Assert.Contains("0 background, 1 anterior", table.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", table.Html, StringComparison.Ordinal);
    }

    [Fact]
    public void An_evaluation_shows_mean_and_spread_per_class_and_a_point_per_case()
    {
        var report = new EvaluationReport([Case("case_1", 0.8, 2), Case("case_2", 0.9, null)]);

        var table = Tables.Evaluation(report);

        HtmlChecks.AssertWellFormed(table.Html);
        Assert.Contains("0.8500 ± 0.0707", table.Text, StringComparison.Ordinal);
        Assert.Contains(">head &lt;b&gt;<", table.Html, StringComparison.Ordinal);
        Assert.Contains("mean Dice of the classes 0.8500", table.Caption, StringComparison.Ordinal);
        var traces = HtmlChecks.Chart(ChartHtml.Render(Charts.Dice(report))).Traces;
        Assert.Equal([0.8, 0.9], traces[0].GetProperty("y").EnumerateArray().Select(v => v.GetDouble()));
        Assert.Equal(["case_1", "case_2"], traces[0].GetProperty("text").EnumerateArray().Select(v => v.GetString()));
    }

    [Fact]
    public void Dice_of_several_networks_requires_the_same_cases()
    {
        var derived = new EvaluationReport([Case("case_1", 0.8, 2), Case("case_2", 0.9, null)]);
        var manual = new EvaluationReport([Case("case_1", 0.7, 2), Case("case_2", 0.6, null)]);

        var (traces, layout) = HtmlChecks.Chart(ChartHtml.Render(Charts.Dice(new Dictionary<string, EvaluationReport> { ["derived"] = derived, ["manual"] = manual })));

        Assert.Equal([0.8, 0.9], traces[0].GetProperty("y").EnumerateArray().Select(v => v.GetDouble()));
        Assert.Equal([0.7, 0.6], traces[2].GetProperty("y").EnumerateArray().Select(v => v.GetDouble()));
        Assert.Equal(Color(traces[0]), Color(traces[2])); // of one class
        Assert.Equal(
            ["head &lt;b&gt;, derived", "head &lt;b&gt;, manual"],
            layout.GetProperty("xaxis").GetProperty("ticktext").EnumerateArray().Select(v => v.GetString()));
        var other = new EvaluationReport([Case("case_1", 0.7, 2)]);
        var refusal = Assert.Throws<ChartException>(() => Charts.Dice(new Dictionary<string, EvaluationReport> { ["derived"] = derived, ["other"] = other }));
        Assert.Contains("'other' was evaluated on other cases", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Large_numbers_have_few_decimals_and_zero_has_no_sign() =>
        Assert.EndsWith("140475  12.35  0.1235  0", Tables.Html(["a", "b", "c", "d"], [[140474.6737, 12.3456, 0.12345, -0.00001]]).Text, StringComparison.Ordinal);

    private static string? Color(System.Text.Json.JsonElement trace) => trace.GetProperty("marker").GetProperty("color").GetString();

    private static CaseResult Case(string name, double dice, double? distance) => new()
    {
        Case = name,
        Classes =
        [
            new ClassResult
            {
                Class = "head <b>",
                Presence = ClassPresence.Both,
                Dice = dice,
                HausdorffDistance95 = distance,
                ReferenceVoxels = 10,
                PredictionVoxels = 10,
            },
        ],
    };
}

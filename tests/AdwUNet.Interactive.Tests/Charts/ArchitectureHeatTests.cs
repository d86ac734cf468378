using System.Text.Json;
using AdwUNet.Architectures;
using AdwUNet.Interactive.Tests.Html;

namespace AdwUNet.Interactive.Tests;

public class ArchitectureHeatTests
{
    private const double Rounding = 5.1e-5;

    [Fact]
    public void Alpha_rows_are_the_softmax_of_the_logits()
    {
        const int epochs = 6;
        var (traces, layout) = HtmlChecks.Chart(ChartHtml.Render(Charts.AlphaHeatmap(Samples.Search(epochs))));

        var heat = Heatmaps(traces);
        Assert.Equal(7, heat.Count);
        for (var block = 0; block < 7; block++)
        {
            var z = heat[block].GetProperty("z");
            Assert.Equal((3 * 5) + 2, z.GetArrayLength());
            for (var convolution = 0; convolution < 3; convolution++)
            {
                for (var e = 0; e < epochs; e++)
                {
                    var exp = Enumerable.Range(0, 5).Select(o => Math.Exp(Samples.Alpha(e, block, convolution, o))).ToArray();
                    for (var option = 0; option < 5; option++)
                    {
                        // The first convolution is the uppermost group, and rows count from below.
                        var row = ((2 - convolution) * 6) + option;
                        Assert.Equal(exp[option] / exp.Sum(), z[row][e].GetDouble(), Rounding);
                    }
                }
            }
        }

        var ticks = layout.GetProperty("yaxis").GetProperty("ticktext").EnumerateArray().Select(t => t.GetString()).Take(5);
        Assert.Equal(["16", "24", "32", "40", "48"], ticks);
    }

    [Fact]
    public void Beta_rows_are_the_softmax_of_the_logits()
    {
        const int epochs = 5;
        var heat = Heatmaps(HtmlChecks.Chart(ChartHtml.Render(Charts.BetaHeatmap(Samples.Search(epochs)))).Traces);

        Assert.Equal(7, heat.Count);
        for (var block = 0; block < 7; block++)
        {
            var exp = Enumerable.Range(0, 3).Select(d => Math.Exp(Samples.Beta(epochs - 1, block, d))).ToArray();
            for (var depth = 0; depth < 3; depth++)
            {
                Assert.Equal(exp[depth] / exp.Sum(), heat[block].GetProperty("z")[depth][epochs - 1].GetDouble(), Rounding);
            }
        }
    }

    [Fact]
    public void The_line_follows_the_largest_share_and_stops_where_the_depth_leaves_the_convolution_out()
    {
        const int epochs = 4;
        var search = Samples.Search(epochs);
        var traces = HtmlChecks.Chart(ChartHtml.Render(Charts.AlphaHeatmap(search))).Traces.EnumerateArray().ToList();

        // Of each block the heat map comes first, then one line per convolution from the last to the first.
        for (var block = 0; block < 7; block++)
        {
            var logits = search[^1].Logits.Blocks[block];
            var depth = logits.Betas.ToList().IndexOf(logits.Betas.Max()) + 1;
            for (var convolution = 0; convolution < 3; convolution++)
            {
                var last = traces[(block * 4) + 3 - convolution].GetProperty("y")[epochs - 1];
                if (convolution >= depth)
                {
                    Assert.Equal(JsonValueKind.Null, last.ValueKind);
                    continue;
                }

                var alphas = logits.Alphas[convolution].ToList();
                Assert.Equal(((2 - convolution) * 6) + alphas.IndexOf(alphas.Max()), last.GetInt32());
            }
        }
    }

    [Fact]
    public void A_long_search_of_thirteen_blocks_is_thinned_and_keeps_its_ends()
    {
        const int maxCharacters = 300_000;
        var html = ChartHtml.Render(Charts.AlphaHeatmap(Samples.Search(250, pools: 6)));

        Assert.True(html.Length < maxCharacters, $"{html.Length} characters");
        var x = HtmlChecks.Chart(html).Traces[0].GetProperty("x").EnumerateArray().Select(v => v.GetInt32()).ToList();
        Assert.Equal(0, x[0]);
        Assert.Equal(249, x[^1]);
        Assert.Equal(x.Distinct().Count(), x.Count);
    }

    [Fact]
    public void Encoder_and_decoder_blocks_of_equal_resolution_are_side_by_side()
    {
        var layout = HtmlChecks.Chart(ChartHtml.Render(Charts.AlphaHeatmap(Samples.Search(3)))).Layout;

        // Blocks 1 (encoder) and 5 (decoder) of 7 are both one pooling below the finest.
        Assert.Equal(Domain(layout, "yaxis2"), Domain(layout, "yaxis6"));
        Assert.True(Domain(layout, "yaxis2")[1] < Domain(layout, "yaxis")[0]);
        Assert.True(Domain(layout, "xaxis2")[1] < Domain(layout, "xaxis6")[0]);
    }

    [Fact]
    public void Entropy_is_1_where_all_options_are_alike_and_falls_with_decision()
    {
        var (traces, _) = HtmlChecks.Chart(ChartHtml.Render(Charts.Entropy(Samples.Search(50))));

        Assert.Equal(14, traces.GetArrayLength());
        foreach (var trace in traces.EnumerateArray())
        {
            var y = trace.GetProperty("y");
            Assert.Equal(1, y[0].GetDouble(), 1e-6);
            Assert.True(y[49].GetDouble() < 0.99);
        }
    }

    [Fact]
    public void Heat_map_of_a_parameter_that_the_family_lacks_is_rejected()
    {
        Assert.Contains("AlphaHeatmap", Assert.Throws<ChartException>(() => Charts.BetaHeatmap(Samples.Search(2, family: Family.AwUNet))).Message, StringComparison.Ordinal);
        Assert.Contains("BetaHeatmap", Assert.Throws<ChartException>(() => Charts.AlphaHeatmap(Samples.Search(2, family: Family.AdUNet))).Message, StringComparison.Ordinal);
    }

    private static List<JsonElement> Heatmaps(JsonElement traces) =>
        traces.EnumerateArray().Where(t => t.GetProperty("type").GetString() == "heatmap").ToList();

    private static double[] Domain(JsonElement layout, string axis) =>
        layout.GetProperty(axis).GetProperty("domain").EnumerateArray().Select(v => v.GetDouble()).ToArray();
}

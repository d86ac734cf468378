using AdwUNet.Imaging;
using AdwUNet.Interactive.Tests.Html;

namespace AdwUNet.Interactive.Tests;

public class DistributionsTests
{
    [Fact]
    public void A_strip_shows_each_value_once_near_its_group_and_the_median()
    {
        var (traces, layout) = HtmlChecks.Chart(ChartHtml.Render(Charts.Strip(
            ["a", Samples.Evil], [[0.9, null, 0.7, 0.8], [0.5, 0.6]], cases: ["c1", "c2", "c3", "c4"])));

        Assert.Equal(4, traces.GetArrayLength());
        Assert.Equal([0.9, 0.7, 0.8], traces[0].GetProperty("y").EnumerateArray().Select(v => v.GetDouble()));
        Assert.Equal(["c1", "c3", "c4"], traces[0].GetProperty("text").EnumerateArray().Select(v => v.GetString()));
        Assert.All(traces[2].GetProperty("x").EnumerateArray(), x => Assert.InRange(x.GetDouble(), 0.75, 1.25));
        Assert.Equal(0.8, traces[1].GetProperty("y")[0].GetDouble());
        Assert.Equal(0.55, traces[3].GetProperty("y")[0].GetDouble(), 1e-12);
        Assert.Contains("&lt;script&gt;", layout.GetProperty("xaxis").GetProperty("ticktext")[1].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Bars_have_one_trace_per_series()
    {
        var (traces, layout) = HtmlChecks.Chart(ChartHtml.Render(Charts.Bars(
            ["small", "large"], new Dictionary<string, IReadOnlyList<double>> { ["ours"] = [1, 2], ["theirs"] = [3, 4] }, "weights (millions)")));

        Assert.Equal(["ours", "theirs"], traces.EnumerateArray().Select(t => t.GetProperty("name").GetString()));
        Assert.Equal(4, traces[1].GetProperty("y")[1].GetDouble());
        Assert.Equal("weights (millions)", layout.GetProperty("yaxis").GetProperty("title").GetProperty("text").GetString());
        Assert.Throws<ChartException>(() => Charts.Bars(["a"], [1, 2], "x"));
    }

    [Fact]
    public void Curves_leave_gaps_and_mark_single_points()
    {
        var (traces, _) = HtmlChecks.Chart(ChartHtml.Render(Charts.Curves(
            [0, 1, 2], new Dictionary<string, IReadOnlyList<double?>> { ["share"] = [1.23456789, null, double.PositiveInfinity] }, "x", "y")));

        Assert.Equal(1.23457, traces[0].GetProperty("y")[0].GetDouble());
        Assert.All(traces[0].GetProperty("y").EnumerateArray().Skip(1), v => Assert.Equal(System.Text.Json.JsonValueKind.Null, v.ValueKind));
        Assert.Contains("markers", traces[0].GetProperty("mode").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Axes_can_be_logarithmic()
    {
        var strip = HtmlChecks.Chart(ChartHtml.Render(Charts.Strip(["a"], [[1e-8, 1e-4]], "gradient", logY: true)));
        var curves = HtmlChecks.Chart(ChartHtml.Render(Charts.Curves(
            [1e-3, 1], new Dictionary<string, IReadOnlyList<double?>> { ["loss"] = [2, 3] }, "strength", "loss", logX: true)));

        Assert.Equal("log", strip.Layout.GetProperty("yaxis").GetProperty("type").GetString());
        Assert.Contains("%{y:.2e}", strip.Traces[0].GetProperty("hovertemplate").GetString(), StringComparison.Ordinal);
        Assert.Equal("log", curves.Layout.GetProperty("xaxis").GetProperty("type").GetString());
        Assert.False(curves.Layout.GetProperty("yaxis").TryGetProperty("type", out _));
    }

    [Fact]
    public void Histogram_counts_each_class_separately_and_its_shares_sum_to_1()
    {
        var shape = new Shape3(1, 2, 4);
        var image = new Volume([0, 0, 0, 10, 10, 10, 5, float.NaN], 1, shape, new Spacing3(1, 1, 1));
        var labels = new LabelMap([0, 0, 0, 1, 1, 0, 1, 1], shape, new Spacing3(1, 1, 1));

        var (traces, _) = HtmlChecks.Chart(ChartHtml.Render(Charts.HistogramOfIntensities(image, labels, ["background", "head"])));

        Assert.Equal(["background", "head"], traces.EnumerateArray().Select(t => t.GetProperty("name").GetString()));
        foreach (var trace in traces.EnumerateArray())
        {
            Assert.Equal(1, trace.GetProperty("y").EnumerateArray().Sum(v => v.GetDouble()), 1e-4);
        }

        Assert.Equal(0.75, traces[0].GetProperty("y")[0].GetDouble());
        Assert.Equal(0.25, traces[0].GetProperty("y")[99].GetDouble());
    }

    [Fact]
    public void Spacings_and_shapes_have_a_plot_each_with_one_strip_per_axis()
    {
        var (traces, layout) = HtmlChecks.Chart(ChartHtml.Render(Charts.SpacingAndShapes(
            [new Spacing3(3, 1, 2), new Spacing3(4, 1, 2)], [new Shape3(10, 20, 30), new Shape3(12, 20, 30)])));

        Assert.Equal(12, traces.GetArrayLength());
        Assert.Equal([3.0, 4.0], traces[0].GetProperty("y").EnumerateArray().Select(v => v.GetDouble()));
        Assert.Equal("y2", traces[6].GetProperty("yaxis").GetString());
        Assert.Equal([10.0, 12.0], traces[6].GetProperty("y").EnumerateArray().Select(v => v.GetDouble()));
        Assert.Equal(["spacing (mm)", "size (voxels)"], layout.GetProperty("annotations").EnumerateArray().Select(note => note.GetProperty("text").GetString()));
    }

    [Fact]
    public void Only_few_bars_show_their_values()
    {
        Assert.Equal("outside", Trace(3).GetProperty("textposition").GetString());
        Assert.False(Trace(30).TryGetProperty("textposition", out _));

        static System.Text.Json.JsonElement Trace(int bars) => HtmlChecks.Chart(ChartHtml.Render(Charts.Bars(
            [.. Enumerable.Range(0, bars).Select(i => $"bar {i}")], [.. Enumerable.Range(0, bars).Select(i => (double)i)], "value"))).Traces[0];
    }
}

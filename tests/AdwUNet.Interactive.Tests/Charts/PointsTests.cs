using AdwUNet.Interactive.Tests.Html;

namespace AdwUNet.Interactive.Tests;

public class PointsTests
{
    private static readonly Dictionary<string, IReadOnlyList<(double X, double Y)>> Series = new()
    {
        ["first"] = [(1, 2), (3, 4), (0, 5)],
        [Samples.Evil] = [(6, 7)],
    };

    [Fact]
    public void Points_differ_in_colour_and_in_shape()
    {
        var (traces, layout) = HtmlChecks.Chart(ChartHtml.Render(Charts.Points(Series, "weights", "Dice")));

        Assert.Equal([1.0, 3, 0], traces[0].GetProperty("x").EnumerateArray().Select(v => v.GetDouble()));
        Assert.Equal([2.0, 4, 5], traces[0].GetProperty("y").EnumerateArray().Select(v => v.GetDouble()));
        var markers = traces.EnumerateArray().Select(t => t.GetProperty("marker")).ToList();
        Assert.Equal(2, markers.Select(m => m.GetProperty("color").GetString()).Distinct().Count());
        Assert.Equal(2, markers.Select(m => m.GetProperty("symbol").GetString()).Distinct().Count());
        Assert.Contains("&lt;script&gt;", traces[1].GetProperty("name").GetString(), StringComparison.Ordinal);
        Assert.Equal("Dice", layout.GetProperty("yaxis").GetProperty("title").GetProperty("text").GetString());
    }

    [Fact]
    public void A_path_is_a_line_whose_end_is_marked()
    {
        var path = HtmlChecks.Chart(ChartHtml.Render(Charts.Paths(Series, "x", "y"))).Traces[0];

        Assert.Contains("lines", path.GetProperty("mode").GetString(), StringComparison.Ordinal);
        var sizes = path.GetProperty("marker").GetProperty("size").EnumerateArray().Select(s => s.GetInt32()).ToArray();
        Assert.Equal(3, sizes.Length);
        Assert.Equal([0, 0], sizes[..2]);
        Assert.True(sizes[2] > 0, "the end is not marked");
    }

    [Fact]
    public void Points_without_series_are_rejected() =>
        Assert.Equal("There are no points to show; give at least one series.",
            Assert.Throws<ChartException>(() => Charts.Points(new Dictionary<string, IReadOnlyList<(double, double)>>(), "x", "y")).Message);
}

using System.Reflection;
using AdwUNet.Datasets;
using AdwUNet.Interactive.Tests.Html;
using Plotly.NET;

namespace AdwUNet.Interactive.Tests;

public class ChartHtmlTests
{
    private const int MaxCharacters = 20_000;

    [Fact]
    public void Chart_is_well_formed_and_does_not_contain_plotly_js()
    {
        var html = ChartHtml.Render(Charts.Losses(Samples.Search(20), Samples.Classes));

        HtmlChecks.AssertWellFormed(html);
        Assert.True(html.Length < MaxCharacters, $"{html.Length} characters");
    }

    [Fact]
    public void Class_name_with_a_script_tag_is_escaped()
    {
        var html = ChartHtml.Render(Charts.Losses(Samples.Search(5), Samples.Classes).WithCaption(Samples.Evil));

        Assert.DoesNotContain("<script>alert", html, StringComparison.Ordinal);
        var names = HtmlChecks.Chart(html).Traces.EnumerateArray().Select(t => t.GetProperty("name").GetString()).ToList();
        Assert.Contains("Dice, posterior &lt;script&gt;alert('x')&lt;/script&gt; &amp; \"more\"", names);
        Assert.Contains("<figcaption", html, StringComparison.Ordinal);
        Assert.Contains("posterior &lt;script&gt;", html, StringComparison.Ordinal);
    }

    [Fact]
    public void PlotlyUrl_has_the_version_in_the_package()
    {
        var version = ChartHtml.PlotlyUrl.Split("plotly-")[1];

        Assert.Contains(typeof(GenericChart).Assembly.GetManifestResourceNames(), n => n.EndsWith("plotly-" + version, StringComparison.Ordinal));
    }

    [Fact]
    public void The_same_chart_gives_the_same_html()
    {
        Assert.Equal(
            ChartHtml.Render(Charts.Temperature(Samples.Search(4))),
            ChartHtml.Render(Charts.Temperature(Samples.Search(4))));
    }

    [Fact]
    public void Charts_serialize_to_the_bytes_that_Plotlys_own_settings_give()
    {
        var search = Samples.Search(12);
        GenericChart[] charts =
        [
            Charts.Losses(search, Samples.Classes), Charts.Temperature(search), Charts.AlphaHeatmap(search), Charts.BetaHeatmap(search),
            Charts.Entropy(search), Charts.RidgeLines(search, 0, 0), Charts.Bars(["a", "b"], [1, 2], "count"),
            Charts.TemperatureSlider(["a", "b"], [0.5, 1], [0.1, -0.2], [5, 1, 0.05]),
        ];
        object[] parts = [.. charts.SelectMany(chart => new object[] { GenericChart.getTraces(chart), GenericChart.getLayout(chart), GenericChart.getConfig(chart) })];

        Assert.All(parts, part => Assert.Equal(ChartHtml.Json(part, Globals.JSON_CONFIG), ChartHtml.Json(part)));
    }

    [Fact]
    public void WithCaption_adds_a_caption_and_does_not_change_the_chart()
    {
        var chart = Charts.Bars(["a", "b"], [1, 2], "count");
        var captioned = chart.WithCaption("first").WithCaption("second");

        Assert.DoesNotContain("<figcaption", ChartHtml.Render(chart), StringComparison.Ordinal);
        Assert.Contains(">second</figcaption>", ChartHtml.Render(captioned), StringComparison.Ordinal);
        Assert.DoesNotContain("first", ChartHtml.Render(captioned), StringComparison.Ordinal);
    }

    [Fact]
    public void Backgrounds_are_transparent_and_text_has_no_colour_of_its_own()
    {
        var layout = HtmlChecks.Chart(ChartHtml.Render(Charts.Losses(Samples.Search(4)))).Layout;

        Assert.Equal("rgba(0,0,0,0)", layout.GetProperty("paper_bgcolor").GetString());
        Assert.Equal("rgba(0,0,0,0)", layout.GetProperty("plot_bgcolor").GetString());
        Assert.False(layout.GetProperty("font").TryGetProperty("color", out _));
    }

    [Fact]
    public void Chart_made_by_Plotly_NET_is_rendered()
    {
        var chart = Plotly.NET.CSharp.Chart.Point<int, int, string>(x: new[] { 1, 2 }, y: new[] { 3, 4 });

        var html = ChartHtml.Render(chart);

        HtmlChecks.AssertWellFormed(html);
        Assert.Single(HtmlChecks.Chart(html).Traces.EnumerateArray());
    }
}

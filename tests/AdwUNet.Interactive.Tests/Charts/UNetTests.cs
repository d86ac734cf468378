using System.Text.RegularExpressions;
using AdwUNet.Architectures;
using AdwUNet.Datasets;
using AdwUNet.Interactive.Tests.Html;
using AdwUNet.Planning;

namespace AdwUNet.Interactive.Tests;

public partial class UNetTests
{
    private static readonly Architecture Derived = Architecture.Parse("[[16, 12], [16, 24], [48, 32, 48], [96], [96, 80], [48, 40], [24]]");

    [Fact]
    public void Each_convolution_has_a_box_with_its_channels()
    {
        var html = Charts.UNet(Derived, Samples.Plan()).Html;

        HtmlChecks.AssertWellFormed(html);
        var labels = BoxTitles().Matches(html).Select(m => (Block: m.Groups["block"].Value, Channels: int.Parse(m.Groups["channels"].Value)));
        Assert.Equal(Derived.Widths.SelectMany(b => b), labels.Select(l => l.Channels));
        Assert.Equal(["encoder 0", "encoder 0", "encoder 1", "encoder 1"], labels.Take(4).Select(l => l.Block));
    }

    [Fact]
    public void Boxes_are_as_wide_as_their_channels_and_lower_where_resolution_is_lower()
    {
        var boxes = Boxes(Charts.UNet(Derived, Samples.Plan()).Html);
        var widths = Derived.Widths.SelectMany(b => b).ToList();

        foreach (var (first, second) in Pairs(boxes.Count))
        {
            Assert.Equal(Math.Sign(widths[first] - widths[second]), Math.Sign(Math.Round(boxes[first].Width - boxes[second].Width, 2)));
        }

        Assert.True(boxes[0].Height > boxes[2].Height && boxes[2].Height > boxes[4].Height && boxes[4].Height > boxes[7].Height);
        Assert.Equal(boxes[0].Height, boxes[^1].Height);
    }

    [Theory]
    [InlineData("[[16, 12], [16, 24], [48, 32, 48], [96], [96, 80], [48, 40], [24]]", 3)]
    [InlineData("[[48,32,32],[80,96],[192,192,192],[384,256],[384,320,384],[320,384],[384,256,384],[384,384,384],[256,320,384],[384,320,320],[192],[48],[48,48,16]]", 6)]
    public void No_two_boxes_overlap_and_all_lie_inside_the_drawing(string text, int pools)
    {
        var html = Charts.UNet(Architecture.Parse(text), Samples.Plan(pools)).Html;
        var boxes = Boxes(html);
        var view = ViewBox().Match(html);

        foreach (var (first, second) in Pairs(boxes.Count))
        {
            var (a, b) = (boxes[first], boxes[second]);
            Assert.True(a.X + a.Width <= b.X || b.X + b.Width <= a.X || a.Y + a.Height <= b.Y || b.Y + b.Height <= a.Y, $"boxes {first} and {second} overlap");
        }

        Assert.All(boxes, b => Assert.True(b.X >= 0 && b.X + b.Width <= double.Parse(view.Groups["width"].Value) && b.Y + b.Height <= double.Parse(view.Groups["height"].Value)));
    }

    [Fact]
    public void Several_networks_are_drawn_on_one_scale_with_one_bar_per_convolution()
    {
        var half = Architecture.Parse("[[24, 24], [48, 24], [24]]");
        var figure = Charts.Architectures(("whole <b>", Derived), ("half", half));

        HtmlChecks.AssertWellFormed(figure.Html);
        var boxes = Boxes(figure.Html);
        var widths = Derived.Widths.Concat(half.Widths).SelectMany(b => b).ToList();
        Assert.Equal(widths.Count, boxes.Count);
        Assert.All(widths.Zip(boxes), pair => Assert.Equal(pair.First / 96.0, pair.Second.Width / boxes.Max(b => b.Width), 3));
        Assert.Contains($"half: 5 convolutions in 3 blocks: {half}", figure.Text, StringComparison.Ordinal);
        Assert.Contains($"aria-label=\"half: 5 convolutions in 3 blocks, channels {half}\"", figure.Html, StringComparison.Ordinal);
        Assert.Contains("whole &lt;b&gt;", figure.Html, StringComparison.Ordinal);
        Assert.Throws<ChartException>(() => Charts.Architectures());
    }

    [Theory]
    [InlineData(Family.AdwUNet, 21, 14, "16–48")]
    [InlineData(Family.AwUNet, 14, 0, "16–48")]
    [InlineData(Family.AdUNet, 21, 14, "32")]
    public void A_supernet_shows_what_can_be_left_out_and_its_range_of_widths(Family family, int convolutions, int optional, string label)
    {
        var html = Charts.Supernet(SearchSpace.Published(family), Samples.Plan()).Html;

        HtmlChecks.AssertWellFormed(html);
        Assert.Equal(convolutions, Boxes(html).Count);
        Assert.Equal(optional, Regex.Count(html, """<rect [^>]*stroke-dasharray="""));
        Assert.Contains($">{System.Net.WebUtility.HtmlEncode(label)}</text>", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Resolutions_pool_kernels_odd_kernels_inputs_and_outputs_are_named()
    {
        var html = System.Net.WebUtility.HtmlDecode(Charts.UNet(Derived, Samples.Plan()).Html);

        Assert.Contains(">128×128×128</text>", html, StringComparison.Ordinal);
        Assert.Contains(">16×16×16</text>", html, StringComparison.Ordinal);
        Assert.Equal(3, Regex.Count(html, ">↓ 2×2×2<"));
        Assert.Equal(3, Regex.Count(html, ">↑ 2×2×2<"));
        Assert.Single(Regex.Matches(html, ">kernel 1×3×3<"));
        Assert.Contains(">1 channel<", html, StringComparison.Ordinal);
        Assert.Contains(">3 classes<", html, StringComparison.Ordinal);
        Assert.Equal(2, Regex.Count(html, ">aux. output<"));
    }

    [Fact]
    public void The_text_form_lists_every_block()
    {
        var lines = Charts.UNet(Derived, Samples.Plan()).Text.Split(Environment.NewLine);

        Assert.Equal(8, lines.Length);
        Assert.Equal("  encoder 2, 32×32×32: 48, 32, 48", lines[3]);
        Assert.Equal("  bottleneck, 16×16×16: 96", lines[4]);
    }

    [Fact]
    public void Plan_with_another_number_of_poolings_is_rejected() =>
        Assert.Contains("4 poolings", Assert.Throws<ChartException>(() => Charts.UNet(Derived, Samples.Plan(4))).Message, StringComparison.Ordinal);

    private static IEnumerable<(int, int)> Pairs(int count) =>
        Enumerable.Range(0, count).SelectMany(i => Enumerable.Range(i + 1, count - i - 1).Select(j => (i, j)));

    private static List<(double X, double Y, double Width, double Height)> Boxes(string html) => [.. Rect().Matches(html).Select(m =>
        (double.Parse(m.Groups["x"].Value), double.Parse(m.Groups["y"].Value), double.Parse(m.Groups["w"].Value), double.Parse(m.Groups["h"].Value)))];

    [GeneratedRegex("""<rect x="(?<x>[\d.]+)" y="(?<y>[\d.]+)" width="(?<w>[\d.]+)" height="(?<h>[\d.]+)" """)]
    private static partial Regex Rect();

    [GeneratedRegex("""<title>(?<block>[^<,]*), convolution \d: (?<channels>\d+) channels</title>""")]
    private static partial Regex BoxTitles();

    [GeneratedRegex("""viewBox="0 0 (?<width>[\d.]+) (?<height>[\d.]+)" """)]
    private static partial Regex ViewBox();
}

using System.Text.RegularExpressions;
using AdwUNet.Imaging;
using AdwUNet.Interactive.Tests.Html;
using AdwUNet.Interactive.Tests.Images;
using AdwUNet.Tests;

namespace AdwUNet.Interactive.Tests;

public partial class SlicesTests
{
    private const int MaxCharacters = 300_000;
    private const int MaxSliderCharacters = 450_000;
    private static readonly Shape3 Small = new(8, 12, 10);
    private static readonly Spacing3 Anisotropic = new(3, 1, 2);

    [Fact]
    public void Three_slices_each_with_its_labels_in_physical_proportions()
    {
        var (image, labels) = Samples.Phantom(Small, Anisotropic);

        var html = Charts.Slices(image, labels, Samples.Classes).Html;

        HtmlChecks.AssertWellFormed(html);
        Assert.Equal(6, Pictures(html).Count);
        // z: 12 × 20 mm, y: 24 × 20 mm, x: 24 × 12 mm; the longest edge, 24 mm, has 280 pixels.
        Assert.Equal(["width:233.33px;height:140px", "width:233.33px;height:280px", "width:140px;height:280px"],
            Sizes().Matches(html).Select(m => m.Value));
    }

    [Fact]
    public void Grey_values_are_those_of_the_slice_with_y_upwards()
    {
        var shape = new Shape3(1, 2, 3);
        var image = new Volume([0, 50, 100, 150, 200, 250], 1, shape, new Spacing3(1, 1, 1));

        var pixels = PngDecoder.Decode(Pictures(Charts.Slices(image).Html)[0]).Pixels;

        // The window ends at the 99.5th percentile of six values, which is the fifth: 200.
        Assert.Equal([191, 255, 255, 0, 63, 127], pixels.Select(p => (int)p));
    }

    [Fact]
    public void Grey_values_separate_labelled_voxels_from_their_surroundings()
    {
        // Air to the left, bone to the right, and in the middle soft tissue, a little of it labelled.
        var shape = new Shape3(1, 1, 100);
        float[] values = [.. Enumerable.Range(0, 100).Select(x => x < 30 ? -1000f : x >= 70 ? 1000f : x)];
        short[] labels = [.. Enumerable.Range(0, 100).Select(x => (short)(x is >= 45 and < 55 ? 1 : 0))];
        var image = new Volume(values, 1, shape, new Spacing3(1, 1, 1));

        var plain = Grey(Charts.Slices(image));
        var labelled = Grey(Charts.Slices(image, new LabelMap(labels, shape, image.Spacing)));

        Assert.InRange(plain[59] - plain[40], 0, 5);
        Assert.InRange(labelled[59] - labelled[40], 150, 255);

        static int[] Grey(HtmlFigure figure) => [.. PngDecoder.Decode(Pictures(figure.Html)[0]).Pixels.Select(p => (int)p)];
    }

    [Fact]
    [Promise("Names of classes and titles are text in displays, not markup")]
    public void Class_names_are_text()
    {
        var (image, labels) = Samples.Phantom(Small, Anisotropic);

        var html = Charts.Slices(image, labels, Samples.Classes, title: Samples.Evil).Html;

        Assert.DoesNotContain("<script", html, StringComparison.Ordinal);
        Assert.Contains("posterior &lt;script&gt;", html, StringComparison.Ordinal);
        Assert.Contains("anterior", html, StringComparison.Ordinal);
        PromiseTable.Kept("a script as the name of a class and as a title");
    }

    [Fact]
    public void A_large_noisy_volume_stays_small_as_output()
    {
        var (image, labels) = Samples.Phantom(new Shape3(100, 512, 512), new Spacing3(2.5, 0.8, 0.8));

        var slices = Charts.Slices(image, labels).Html.Length;
        var slider = Charts.SliceSlider(image, labels).Html.Length;

        Assert.True(slices < MaxCharacters, $"slices: {slices} characters");
        Assert.True(slider < MaxSliderCharacters, $"slider: {slider} characters");
    }

    [Fact]
    public void A_reference_gets_a_row_of_its_own()
    {
        var (image, labels) = Samples.Phantom(Small, Anisotropic);

        var html = Charts.Slices(image, labels, reference: labels).Html;

        Assert.Equal(12, Pictures(html).Count);
        Assert.Contains(">reference<", html, StringComparison.Ordinal);
        Assert.Contains(">prediction<", html, StringComparison.Ordinal);
    }

    [Fact]
    public void The_cut_goes_through_the_foreground_even_where_its_centre_of_mass_is_background()
    {
        // Two far voxels: halfway between them there is nothing.
        var shape = new Shape3(3, 3, 9);
        var labels = new short[shape.Count];
        labels[shape.Offset(1, 1, 0)] = 1;
        labels[shape.Offset(1, 1, 8)] = 1;
        var map = new LabelMap(labels, shape, new Spacing3(1, 1, 1));

        var centre = SlicePlane.Centre(map, shape);

        Assert.Equal(1, map[centre.Z, centre.Y, centre.X]);
    }

    [Fact]
    public void The_slider_has_one_visible_slice_and_hides_the_others()
    {
        var (image, labels) = Samples.Phantom(Small, Anisotropic);

        var html = Charts.SliceSlider(image, labels, Samples.Classes).Html;

        HtmlChecks.AssertWellFormed(html);
        Assert.Equal(8, Regex.Count(html, "data-slice=\"\\d"));
        Assert.Equal(7, Regex.Count(html, "data-slice=\"\\d\" hidden"));
        Assert.Contains("""max="7" """, html, StringComparison.Ordinal);
    }

    [Fact]
    public void Shapes_that_differ_are_rejected()
    {
        var (image, _) = Samples.Phantom(Small, Anisotropic);
        var (_, other) = Samples.Phantom(new Shape3(8, 12, 11), Anisotropic);

        Assert.Contains("8×12×11", Assert.Throws<ChartException>(() => Charts.Slices(image, other)).Message, StringComparison.Ordinal);
        Assert.Contains("Channel 1", Assert.Throws<ChartException>(() => Charts.Slices(image, channel: 1)).Message, StringComparison.Ordinal);
        Assert.Contains("outside", Assert.Throws<ChartException>(() => Charts.Slices(image, at: new Shape3(8, 0, 0))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_text_form_names_the_shape_the_cut_and_the_classes()
    {
        var (image, labels) = Samples.Phantom(Small, Anisotropic);

        var text = Charts.Slices(image, labels, ["bg", "head", "tail"]).ToString();

        Assert.Contains("8×12×10", text, StringComparison.Ordinal);
        Assert.Contains("head, tail", text, StringComparison.Ordinal);
    }

    private static List<byte[]> Pictures(string html) =>
        Base64().Matches(html).Select(m => Convert.FromBase64String(m.Groups["data"].Value)).ToList();

    [GeneratedRegex("data:image/png;base64,(?<data>[A-Za-z0-9+/=]+)")]
    private static partial Regex Base64();

    [GeneratedRegex(@"(?<=relative;)width:[\d.]+px;height:[\d.]+px")]
    private static partial Regex Sizes();
}

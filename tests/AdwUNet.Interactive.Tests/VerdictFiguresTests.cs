using AdwUNet.Evaluation;
using AdwUNet.Interactive.Tests.Html;
using AdwUNet.Verdict;

namespace AdwUNet.Interactive.Tests;

public class VerdictFiguresTests
{
    private static readonly Comparison[] Comparisons =
    [
        Made("AdwU-Net", 0.002, 0.001), Made("random 1 <b>", -0.020, 0.002), Made("manual, depth × 2", 0.010, 0.002),
    ];

    [Fact]
    public void Differences_have_a_square_and_a_line_at_their_values()
    {
        var figure = Charts.Differences(Comparisons);
        HtmlChecks.AssertWellFormed(figure.Html);
        var svg = System.Xml.Linq.XDocument.Parse(Charts.DifferencesSvg(Comparisons)).Root!;
        var boxes = svg.Elements().Where(e => e.Name.LocalName == "rect").Select(e => (X: Number(e, "x"), Width: Number(e, "width"))).ToArray();
        var (band, squares) = (boxes[0], boxes[1..]);
        var scale = band.Width / 0.01; // units of the drawing per Dice: the band is 2 × 0.005 wide
        var zero = band.X + (band.Width / 2);
        Assert.Equal(Comparisons.Select(c => c.Interval.Mean), squares.Select(s => (s.X + (s.Width / 2) - zero) / scale), (a, b) => Math.Abs(a - b) < 1e-4);
        var lines = svg.Elements().Where(e => e.Name.LocalName == "polyline").Select(e => (string)e.Attribute("points")!).TakeLast(3).Select(points => points.Split(' ', ',')).ToArray();
        Assert.Equal(Comparisons.Select(c => c.Interval.Lower), lines.Select(p => (double.Parse(p[0]) - zero) / scale), (a, b) => Math.Abs(a - b) < 1e-4);
        Assert.Equal(Comparisons.Select(c => c.Interval.Upper), lines.Select(p => (double.Parse(p[2]) - zero) / scale), (a, b) => Math.Abs(a - b) < 1e-4);
        Assert.Equal(3, squares.Length);
        Assert.Contains("random 1 &lt;b&gt;", figure.Html, StringComparison.Ordinal);
        Assert.Equal(string.Join(Environment.NewLine, Comparisons.Select(c => c.Sentence)), figure.Text);
    }

    [Fact]
    public void Differences_need_one_baseline()
    {
        Assert.Throws<ChartException>(() => Charts.Differences([]));
        Assert.Throws<ChartException>(() => Charts.Differences([Comparisons[0], Comparisons[1] with { Other = "another" }]));
    }

    [Fact]
    public void A_table_of_comparisons_corrects_for_their_number()
    {
        var text = Tables.Comparisons([Comparisons[0] with { Test = Comparisons[0].Test with { P = 0.02 } }, Comparisons[1] with { Test = Comparisons[1].Test with { P = 0.5 } }]).Text;
        Assert.Contains("0.040", text, StringComparison.Ordinal); // twice 0.02
        Assert.Contains("equal within 0.005", text, StringComparison.Ordinal);
        Assert.Contains("worse", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Practices_are_done_or_not_done()
    {
        var figure = Tables.Practices([new(1, "Release", true, "x"), new(2, "Compare", false, "y")]);
        Assert.Contains("not done", figure.Text, StringComparison.Ordinal);
        Assert.Contains("1 of 2 are done", figure.Caption, StringComparison.Ordinal);
    }

    private static double Number(System.Xml.Linq.XElement element, string name) => double.Parse((string)element.Attribute(name)!);

    private static Comparison Made(string name, double mean, double half) =>
        new(name, "manual", 0.8 + mean, 0.8, new(mean, mean - half, mean + half, 0.95), new PairedTTestResult(40, mean, half, 1, 0.3, mean - half, mean + half), [0], 0.005);
}

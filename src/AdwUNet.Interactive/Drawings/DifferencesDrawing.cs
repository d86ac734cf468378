using System.Globalization;
using AdwUNet.Verdict;

namespace AdwUNet.Interactive;

/// <summary>Differences with their intervals, one below the other, and the band within which they count as equal.</summary>
/// <param name="comparisons">Comparisons with one baseline.</param>
/// <param name="margin">Half the width of the band.</param>
internal sealed class DifferencesDrawing(IReadOnlyList<Comparison> comparisons, double margin)
{
    // In SVG units.
    private const double Labels = 215;
    private const double Plot = 430;
    private const double Right = 15;
    private const double Row = 19;
    private const double Top = 26;
    private const double Bottom = 42;
    private const double Marker = 8;
    private const int MostTicks = 8;

    private const double Width = Labels + Plot + Right;

    private static readonly int[] TickFactors = [1, 2, 5, 10];

    private double Height => Top + (comparisons.Count * Row) + Bottom;

    public string ToHtml(string about) => Draw().ToHtml(Width, Height, about);

    public string ToSvg(string about) => Draw().ToSvg(Width, Height, about);

    private SvgCanvas Draw()
    {
        var svg = new SvgCanvas();
        var (low, high) = (Math.Min(-2 * margin, comparisons.Min(c => c.Interval.Lower)), Math.Max(2 * margin, comparisons.Max(c => c.Interval.Upper)));
        double X(double value) => Labels + ((value - low) / (high - low) * Plot);
        var end = Top + (comparisons.Count * Row);
        svg.Box(X(-margin), Top - 4, X(margin) - X(-margin), end - Top + 8, Theme.Grey, true, "differences that count as equal");
        svg.Text(X(0), Top - 10, string.Create(CultureInfo.InvariantCulture, $"equal within {margin:0.###}"), "middle", faint: true);
        svg.Line([(X(0), Top - 4), (X(0), end + 4)], dashed: true);
        foreach (var tick in Ticks(low, high))
        {
            svg.Line([(X(tick), end + 4), (X(tick), end + 9)], dashed: false);
            svg.Text(X(tick), end + 21, tick.ToString("+0.###;−0.###;0", CultureInfo.InvariantCulture), "middle");
        }

        svg.Text(Labels + (Plot / 2), end + 37, $"difference in Dice to {comparisons[0].Other}, with 95 % interval", "middle");
        foreach (var (i, comparison) in comparisons.Index())
        {
            var y = Top + ((i + 0.5) * Row);
            svg.Text(Labels - 8, y + 4, comparison.Name, "end");
            svg.Line([(X(comparison.Interval.Lower), y), (X(comparison.Interval.Upper), y)], dashed: false, opacity: 1);
            svg.Box(
                X(comparison.Interval.Mean) - (Marker / 2), y - (Marker / 2), Marker, Marker,
                comparison.Name.StartsWith("random", StringComparison.Ordinal) ? Theme.Grey : comparison.Name.StartsWith("manual", StringComparison.Ordinal) ? Theme.Green : Theme.Blue,
                false, comparison.Sentence);
        }

        return svg;
    }

    // 1, 2 or 5 times a power of ten.
    private static IEnumerable<double> Ticks(double low, double high)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10((high - low) / MostTicks)));
        var step = TickFactors.Select(factor => factor * power).First(size => (high - low) / size <= MostTicks);
        for (var i = Math.Ceiling(low / step); i * step <= high; i++) yield return i * step;
    }
}

using System.Globalization;
using System.Text;

namespace AdwUNet.Benchmarks.Growth;

/// <summary>Two panels, time and memory, relative to the published size, both axes logarithmic; dots are measured, dashed lines expected.</summary>
internal static class GrowthChart
{
    private const double Side = 300;
    private const double Margin = 50;

    // Sizes from a fifth to five times the published one; costs from a fortieth to five times.
    private const double LeastSize = 0.18;
    private const double LargestSize = 3;
    private const double LeastCost = 0.04;
    private const double LargestCost = 4;

    // Okabe and Ito's colours, which the colour-blind tell apart too.
    private static readonly string[] Colours = ["#0072B2", "#D55E00", "#009E73"];

    public static string Draw(IReadOnlyList<GrowthSeries> all)
    {
        var svg = new StringBuilder();
        var (width, height) = ((2 * Side) + (3 * Margin), Side + (2.4 * Margin));
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" font-size=\"12\">\n");
        svg.Append("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n");
        Panel(svg, "time of a step", Margin, all, point => point.Seconds, point => point.Cost.WeightStepFlops);
        Panel(svg, "memory", (2 * Margin) + Side, all, point => point.Bytes, GrowthSeries.ExpectedBytes);
        const double entry = 130;
        var y = height - 18;
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Margin + (all.Count * entry)}\" y=\"{y}\">dots: measured; dashed lines: expected</text>\n");
        for (var i = 0; i < all.Count; i++)
        {
            var x = Margin + (i * entry);
            svg.Append(CultureInfo.InvariantCulture, $"<circle cx=\"{x}\" cy=\"{y - 4}\" r=\"4\" fill=\"{Colours[i]}\"/>");
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{x + 10}\" y=\"{y}\">{all[i].Name}</text>\n");
        }

        return svg.Append("</svg>\n").ToString();
    }

    private static void Panel(
        StringBuilder svg, string title, double left, IReadOnlyList<GrowthSeries> all, Func<GrowthPoint, double> measured, Func<GrowthPoint, double> expected)
    {
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{left}\" y=\"{Margin - 12}\">{title}, relative to the published size</text>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{left}\" y=\"{Margin}\" width=\"{Side}\" height=\"{Side}\" fill=\"none\" stroke=\"#888\"/>\n");
        foreach (var tick in new[] { 0.05, 0.1, 0.25, 0.5, 1, 2, 4 })
        {
            if (tick is >= LeastSize and <= LargestSize)
            {
                svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{X(left, tick):0.#}\" y=\"{Margin + Side + 16}\" text-anchor=\"middle\">{tick}×</text>\n");
            }

            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{left - 4}\" y=\"{Y(tick) + 4:0.#}\" text-anchor=\"end\">{tick}×</text>\n");
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{left}\" x2=\"{left + Side}\" y1=\"{Y(tick):0.#}\" y2=\"{Y(tick):0.#}\" stroke=\"#ddd\"/>\n");
        }

        for (var i = 0; i < all.Count; i++)
        {
            var usual = all[i].Points[all[i].Usual];
            var line = string.Join(' ', all[i].Points.Select(point => string.Create(
                CultureInfo.InvariantCulture, $"{X(left, point.Scale / usual.Scale):0.#},{Y(expected(point) / expected(usual)):0.#}")));
            svg.Append(CultureInfo.InvariantCulture, $"<polyline points=\"{line}\" fill=\"none\" stroke=\"{Colours[i]}\" stroke-dasharray=\"5 4\"/>\n");
            foreach (var point in all[i].Points)
            {
                svg.Append(
                    CultureInfo.InvariantCulture,
                    $"<circle cx=\"{X(left, point.Scale / usual.Scale):0.#}\" cy=\"{Y(measured(point) / measured(usual)):0.#}\" r=\"4\" fill=\"{Colours[i]}\"/>\n");
            }
        }
    }

    private static double X(double left, double size) => left + (Side * Share(size, LeastSize, LargestSize));

    private static double Y(double cost) => Margin + (Side * (1 - Share(cost, LeastCost, LargestCost)));

    private static double Share(double value, double least, double largest) => Math.Log(value / least) / Math.Log(largest / least);
}

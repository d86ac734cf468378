using System.Text;

namespace AdwUNet.Interactive;

/// <summary>A little SVG: boxes, lines, arrows, text.</summary>
internal sealed class SvgCanvas
{
    private const double ArrowSize = 5;

    private readonly StringBuilder _body = new();

    public void Box(double x, double y, double width, double height, string color, bool dashed, string about)
    {
        var dash = dashed ? " stroke-dasharray=\"4 3\"" : "";
        var opacity = dashed ? "0.35" : "0.75";
        _body.Append($"""<rect x="{N(x)}" y="{N(y)}" width="{N(width)}" height="{N(height)}" rx="2" fill="{color}" """
            + $"""fill-opacity="{opacity}" stroke="{color}" stroke-width="1.2"{dash}><title>{Markup.Escape(about)}</title></rect>""");
    }

    public void Line(IReadOnlyList<(double X, double Y)> points, bool dashed, double opacity = 0.6)
    {
        var dash = dashed ? " stroke-dasharray=\"5 4\"" : "";
        var path = string.Join(' ', points.Select(p => $"{N(p.X)},{N(p.Y)}"));
        _body.Append($"""<polyline points="{path}" fill="none" stroke="currentColor" stroke-opacity="{N(opacity)}" stroke-width="1.2"{dash}/>""");
    }

    /// <summary>A line whose last point has a head; the last segment runs along an axis.</summary>
    public void Arrow(IReadOnlyList<(double X, double Y)> points, bool dashed = false)
    {
        Line(points, dashed);
        var (tip, before) = (points[^1], points[^2]);
        var length = Math.Max(1e-9, Math.Sqrt(Math.Pow(tip.X - before.X, 2) + Math.Pow(tip.Y - before.Y, 2)));
        var (dx, dy) = ((tip.X - before.X) / length * ArrowSize, (tip.Y - before.Y) / length * ArrowSize);
        var (left, right) = ((tip.X - dx - (dy * 0.6), tip.Y - dy + (dx * 0.6)), (tip.X - dx + (dy * 0.6), tip.Y - dy - (dx * 0.6)));
        _body.Append($"""<polygon points="{N(tip.X)},{N(tip.Y)} {N(left.Item1)},{N(left.Item2)} {N(right.Item1)},{N(right.Item2)}" fill="currentColor" fill-opacity="0.7"/>""");
    }

    public void Text(double x, double y, string text, string anchor, bool faint = false)
    {
        var opacity = faint ? " fill-opacity=\"0.75\"" : "";
        _body.Append($"""<text x="{N(x)}" y="{N(y)}" text-anchor="{anchor}" fill="currentColor"{opacity}>{Markup.Escape(text)}</text>""");
    }

    /// <param name="width">In SVG units, which are pixels where there is room.</param>
    /// <param name="height">In the same.</param>
    /// <param name="about">What it shows, for readers who do not see it.</param>
    /// <param name="leastScale">The least scale of the drawing. A page that is too narrow for it scrolls the drawing, so that its text stays readable.</param>
    public string ToHtml(double width, double height, string about, double leastScale = 0.85) =>
        $"""<div style="overflow-x:auto"><svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{Markup.Escape(about)}" viewBox="0 0 {N(width)} """
            + $"""{N(height)}" style="width:100%;min-width:{N(leastScale * width)}px;max-width:{N(width)}px;height:auto;font:{Theme.SmallFontSize}px {Theme.FontFamily}">{_body}</svg></div>""";

    /// <summary>The text of a file, with a light ground, for pages that show it as a picture.</summary>
    /// <param name="width">In SVG units.</param>
    /// <param name="height">In the same.</param>
    /// <param name="about">What it shows, for readers who do not see it.</param>
    public string ToSvg(double width, double height, string about) =>
        $"""<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{Markup.Escape(about)}" viewBox="0 0 {N(width)} {N(height)}" width="{N(width)}" height="{N(height)}" style="background:#ffffff;color:#222222;font:{Theme.SmallFontSize}px {Theme.FontFamily}">{_body}</svg>""" + "\n";

    private static string N(double value) => Markup.Number(value);
}

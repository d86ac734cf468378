using System.Net;

namespace AdwUNet.Interactive;

/// <summary>Pieces of HTML that every output uses.</summary>
internal static class Markup
{
    /// <summary>Text as HTML text or attribute value.</summary>
    public static string Escape(string? text) => WebUtility.HtmlEncode(text ?? "");

    /// <summary>
    /// Text for a label that Plotly draws: it understands a few tags (<c>b</c>, <c>br</c>, <c>a</c>), which user text must not use.
    /// </summary>
    public static string PlotlyText(string? text) => (text ?? "")
        .Replace("&", "&amp;", StringComparison.Ordinal)
        .Replace("<", "&lt;", StringComparison.Ordinal)
        .Replace(">", "&gt;", StringComparison.Ordinal);

    /// <summary>A number in HTML or SVG, short and culture-free.</summary>
    public static string Number(double value) => value.ToString("0.##", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>A body with its caption.</summary>
    public static string Figure(string body, string? caption)
    {
        var below = string.IsNullOrWhiteSpace(caption)
            ? ""
            : $"""<figcaption style="font:{Theme.FontSize}px {Theme.FontFamily};opacity:.8;max-width:60em;margin-top:.3em">{Escape(caption)}</figcaption>""";
        return $"""<figure style="margin:.3em 0 1em">{body}{below}</figure>""";
    }

    /// <summary>A PNG as the value of an <c>src</c> attribute.</summary>
    public static string DataUri(byte[] png) => "data:image/png;base64," + Convert.ToBase64String(png);
}

namespace AdwUNet.Interactive;

/// <summary>The one look of all charts and drawings: fonts, colours that colour-blind readers can tell apart, sizes.</summary>
/// <remarks>
/// Backgrounds are transparent and text takes the page's own colour, so that light and dark pages both work.
/// Categorical colours are those of Okabe and Ito, "Color Universal Design" (2008), which were made for dark and coloured grounds; on a
/// light page charts use the darker ones of <see cref="OnLight"/> instead, so that lines have a contrast of 3 to 1 on either (WCAG 2.1, 1.4.11).
/// </remarks>
public static class Theme
{
    /// <summary>The CSS font families of charts.</summary>
    public const string FontFamily = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";

    /// <summary>The font size of chart text in pixels.</summary>
    public const int FontSize = 13;

    /// <summary>The font size of dense labels in pixels.</summary>
    public const int SmallFontSize = 11;

    /// <summary>The default height of a chart in pixels.</summary>
    public const int Height = 400;

    /// <summary>Okabe and Ito's orange.</summary>
    public const string Orange = "#E69F00";

    /// <summary>Okabe and Ito's sky blue.</summary>
    public const string SkyBlue = "#56B4E9";

    /// <summary>Okabe and Ito's bluish green.</summary>
    public const string Green = "#009E73";

    /// <summary>Okabe and Ito's yellow.</summary>
    public const string Yellow = "#F0E442";

    /// <summary>Okabe and Ito's blue, a little lighter so that it also shows on a dark page.</summary>
    public const string Blue = "#1C83C6";

    /// <summary>Okabe and Ito's vermillion.</summary>
    public const string Vermillion = "#D55E00";

    /// <summary>Okabe and Ito's reddish purple.</summary>
    public const string Purple = "#CC79A7";

    /// <summary>The colour of quiet things that must show on light and dark: grids, outlines, the background class.</summary>
    public const string Grey = "#8A8A8A";

    /// <summary>The colour scale of heat maps: even in lightness and readable by the colour-blind.</summary>
    public const string ColorScale = "Cividis";

    /// <summary>Colours of lines, in the order in which they are used.</summary>
    public static IReadOnlyList<string> Lines { get; } = [Blue, Vermillion, Green, Purple, Orange, SkyBlue, Yellow];

    /// <summary>Colours of foreground classes over a grey image, in the order of the classes 1, 2, ...</summary>
    public static IReadOnlyList<string> Overlay { get; } = [Orange, SkyBlue, Green, Purple, Vermillion, Yellow, Blue];

    /// <summary>What takes the place of a colour on a light page: as different for the colour-blind, and darker.</summary>
    public static IReadOnlyDictionary<string, string> OnLight { get; } = new Dictionary<string, string>
    {
        [Blue] = "#005A9C",
        [Vermillion] = "#B23F00",
        [Green] = "#0A9970",
        [Orange] = "#C28600",
        [SkyBlue] = "#4A9AD4",
        [Yellow] = "#444444",
    };

    /// <summary>The colour of the n-th line; starts again after the last.</summary>
    /// <param name="index">0-based.</param>
    public static string Line(int index) => Lines[index % Lines.Count];

    /// <summary>The colour of a class over an image.</summary>
    /// <param name="label">The class index, 1 for the first foreground class.</param>
    public static string Class(int label) => label <= 0 ? Grey : Overlay[(label - 1) % Overlay.Count];

    /// <summary>A colour as CSS with an opacity.</summary>
    /// <param name="hex">Such as <c>#E69F00</c>.</param>
    /// <param name="opacity">0..1.</param>
    internal static string WithOpacity(string hex, double opacity)
    {
        var (r, g, b) = Rgb(hex);
        return $"rgba({r},{g},{b},{opacity})";
    }

    /// <summary>The three components of a colour such as <c>#E69F00</c>.</summary>
    internal static (byte R, byte G, byte B) Rgb(string hex)
    {
        var value = Convert.ToInt32(hex[1..], 16);
        return ((byte)(value >> 16), (byte)(value >> 8), (byte)value);
    }
}

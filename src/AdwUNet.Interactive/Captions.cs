using DynamicObj;
using Plotly.NET;

namespace AdwUNet.Interactive;

/// <summary>Captions: a sentence below a chart that says what to see in it.</summary>
public static class Captions
{
    /// <summary>The key of the caption in Plotly's <c>layout.meta</c>, which holds data that Plotly does not draw.</summary>
    internal const string MetaKey = "caption";

    /// <summary>The key of the least width in pixels at which a chart is readable. A narrower page scrolls the chart.</summary>
    internal const string MinWidthKey = "minWidth";

    /// <summary>The chart with a caption below it.</summary>
    /// <param name="chart">The chart; it is not changed.</param>
    /// <param name="caption">Plain text: what to see.</param>
    public static GenericChart WithCaption(this GenericChart chart, string caption)
    {
        ArgumentNullException.ThrowIfNull(chart);
        var layout = new Layout();
        GenericChart.getLayout(chart).ShallowCopyDynamicPropertiesTo(layout, true);
        layout.SetProperty("meta", new Node(Meta(chart) ?? []) { [MetaKey] = caption });
        return GenericChart.setLayout(layout, chart);
    }

    /// <summary>The figure with a caption below it.</summary>
    /// <param name="figure">The figure; it is not changed.</param>
    /// <param name="caption">Plain text: what to see.</param>
    public static HtmlFigure WithCaption(this HtmlFigure figure, string caption)
    {
        ArgumentNullException.ThrowIfNull(figure);
        return figure with { Caption = caption };
    }

    /// <summary>A chart's caption, or null.</summary>
    internal static string? Of(GenericChart chart) =>
        Meta(chart)?.GetValueOrDefault(MetaKey) as string;

    private static Node? Meta(GenericChart chart) =>
        GenericChart.getLayout(chart).Properties.GetValueOrDefault("meta") as Node;
}

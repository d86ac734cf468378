using System.Text;
using AdwUNet.Imaging;

namespace AdwUNet.Interactive;

/// <summary>Slices as HTML: pictures over each other (intensities, then labels), headings, a legend.</summary>
internal static class SliceHtml
{
    // The longest physical edge of the volume gets this many CSS pixels.
    private const double LongestEdge = 280;
    private const double LongestSliderEdge = 340;
    private const string TextStyle = "font:13px " + Theme.FontFamily;
    private const string SmallStyle = "font-size:11px;opacity:.75";

    /// <summary>Per row of labels the three planes beside each other.</summary>
    public static string Rows(SlicePainter painter, IReadOnlyList<SlicePlane> planes, IReadOnlyList<(string? Name, LabelMap? Labels)> rows, int maxEdge)
    {
        var scale = LongestEdge / planes.Max(p => Math.Max(p.WidthMm, p.HeightMm));
        var html = new StringBuilder();
        foreach (var (name, labels) in rows)
        {
            if (name is not null) html.Append($"""<div style="{TextStyle};font-weight:600;margin:.3em 0 .1em">{Markup.Escape(name)}</div>""");
            html.Append("""<div style="display:flex;flex-wrap:wrap;gap:12px;align-items:flex-start">""");
            foreach (var plane in planes)
            {
                html.Append($"""<div style="{TextStyle}"><div>{SlicePlane.AxisNames[plane.Axis]} = {plane.Index}</div>""");
                html.Append(Picture(painter, plane, labels, maxEdge, scale, name));
                html.Append($"""<div style="{SmallStyle}">→ {plane.ColumnAxis} {plane.WidthMm:0} mm, ↑ {plane.RowAxis} {plane.HeightMm:0} mm</div></div>""");
            }

            html.Append("</div>");
        }

        return html.ToString();
    }

    /// <summary>All slices over each other, of which a slider shows one.</summary>
    public static string Slider(
        SlicePainter painter, IReadOnlyList<SlicePlane> planes, IReadOnlyList<(string? Name, LabelMap? Labels)> columns, int start, int slices, int maxEdge)
    {
        var scale = LongestSliderEdge / Math.Max(planes[0].WidthMm, planes[0].HeightMm);
        var html = new StringBuilder($"""<div style="{TextStyle}">""");
        for (var i = 0; i < planes.Count; i++)
        {
            html.Append($"""<div data-slice="{i}"{(i == start ? "" : " hidden")}><div>z = {planes[i].Index} of 0..{slices - 1}</div>""");
            html.Append("""<div style="display:flex;flex-wrap:wrap;gap:12px">""");
            foreach (var (name, labels) in columns)
            {
                html.Append("<div>");
                html.Append(Picture(painter, planes[i], labels, maxEdge, scale, name));
                if (name is not null) html.Append($"<div>{Markup.Escape(name)}</div>");
                html.Append("</div>");
            }

            html.Append("</div></div>");
        }

        // Everything the slider needs is in its own handler and its own surroundings: no ids, no script to load.
        const string onInput = "var v=this.value;this.parentNode.querySelectorAll('[data-slice]').forEach(function(s){s.hidden=s.getAttribute('data-slice')!==v})";
        html.Append($"""
            <input type="range" aria-label="slice along z" min="0" max="{planes.Count - 1}" value="{start}" style="width:{LongestSliderEdge}px;max-width:100%" oninput="{onInput}">
            """);
        return html.Append("</div>").ToString();
    }

    /// <summary>The foreground classes that occur in any of the label maps, ascending.</summary>
    public static IReadOnlyList<int> ClassesIn(params LabelMap?[] maps) =>
        maps.Where(m => m is not null).SelectMany(m => m!.Data.Where(l => l > 0).Distinct()).Distinct().Order().Select(l => (int)l).ToList();

    /// <summary>A swatch and a name per class.</summary>
    public static string Legend(IReadOnlyList<int> present, IReadOnlyList<string>? classes)
    {
        if (present.Count == 0) return "";
        var html = new StringBuilder($"""<div style="{TextStyle};margin-top:.4em">""");
        foreach (var label in present)
        {
            html.Append($"""<span style="margin-right:1.2em"><span """
                + $"""style="display:inline-block;width:.8em;height:.8em;margin-right:.35em;background:{Theme.Class(label)}"></span>{Markup.Escape(ClassName(label, classes))}</span>""");
        }

        return html.Append("</div>").ToString();
    }

    /// <summary>A class's name, or its number where none is given.</summary>
    public static string ClassName(int label, IReadOnlyList<string>? classes) =>
        classes is not null && label < classes.Count ? classes[label] : $"class {label}";

    /// <summary>A heading, or nothing.</summary>
    public static string Heading(string? title) =>
        title is null ? "" : $"""<div style="{TextStyle};font-weight:600;margin:.5em 0 .2em">{Markup.Escape(title)}</div>""";

    private static string Picture(SlicePainter painter, SlicePlane plane, LabelMap? labels, int maxEdge, double scale, string? name)
    {
        var style = $"position:absolute;inset:0;width:100%;height:100%;margin:0;max-width:none;image-rendering:{(plane.Columns < plane.WidthMm * scale ? "pixelated" : "auto")}";
        var alt = $"slice {SlicePlane.AxisNames[plane.Axis]} = {plane.Index}{(name is null ? "" : ", " + name)}";
        var html = new StringBuilder(
            $"""<div style="position:relative;width:{Markup.Number(plane.WidthMm * scale)}px;height:{Markup.Number(plane.HeightMm * scale)}px;background:#000">""");
        html.Append($"""<img style="{style}" alt="{Markup.Escape(alt)}" src="{Markup.DataUri(painter.Image(plane, maxEdge))}">""");
        if (labels is not null && SlicePainter.Labels(labels, plane, maxEdge) is { } overlay)
        {
            html.Append($"""<img style="{style}" alt="" src="{Markup.DataUri(overlay)}">""");
        }

        return html.Append("</div>").ToString();
    }
}

using System.Net;
using System.Text;

namespace AdwUNet.Kernel.Execution;

/// <summary>A table of texts, in every form that a front end may want.</summary>
internal static class Table
{
    /// <summary>Makes a table; a text may have several lines.</summary>
    public static MimeBundle Of(IReadOnlyList<string> heads, IReadOnlyList<IReadOnlyList<string>> rows) =>
        MimeBundle.OfForms((MimeBundle.Html, Html(heads, rows)), (MimeBundle.Plain, Plain(heads, rows)));

    private static string Html(IReadOnlyList<string> heads, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        var html = new StringBuilder("<table><thead><tr>");
        foreach (var head in heads)
            html.Append($"<th style=\"text-align:left\">{WebUtility.HtmlEncode(head)}</th>");
        html.Append("</tr></thead><tbody>");
        foreach (var row in rows)
        {
            html.Append("<tr>");
            foreach (var text in row)
                html.Append($"<td style=\"text-align:left;white-space:pre-wrap\">{WebUtility.HtmlEncode(text)}</td>");
            html.Append("</tr>");
        }

        return html.Append("</tbody></table>").ToString();
    }

    private static string Plain(IReadOnlyList<string> heads, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        var lines = rows.SelectMany(Lines).Prepend(heads).ToList();
        var widths = heads.Select((_, column) => lines.Max(line => line[column].Length)).ToList();
        return string.Join('\n', lines.Select(line => string.Join("  ", line.Select((text, column) => text.PadRight(widths[column]))).TrimEnd()));
    }

    private static IEnumerable<IReadOnlyList<string>> Lines(IReadOnlyList<string> row)
    {
        var cells = row.Select(text => text.Split('\n')).ToList();
        for (var line = 0; line < cells.Max(cell => cell.Length); line++)
            yield return [.. cells.Select(cell => cell.ElementAtOrDefault(line) ?? "")];
    }
}

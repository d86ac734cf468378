using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AdwUNet.Kernel.Execution;
using AdwUNet.Kernel.Notebooks;

namespace AdwUNet.Kernel.Html;

/// <summary>The page of one executed notebook.</summary>
internal sealed partial class Page(Notebook notebook, Notebook? previous, Notebook? next, IReadOnlyList<Notebook> all)
{
    private static readonly string[] Images = ["image/png", "image/jpeg", "image/gif"];

    private readonly MarkdownRenderer _markdown = new(Path.GetDirectoryName(Path.GetFullPath(notebook.Path))!, all);

    public string Render(ScriptAssets scripts, string style, string script)
    {
        var content = new StringBuilder();
        foreach (var cell in notebook.Cells)
            AppendCell(content, cell);
        var (body, head) = scripts.Localise(content.ToString());
        return Site.Head(Site.PlainTitle(notebook), style, head + $"<script src=\"{script}\" defer></script>\n")
            + "<body>\n" + Navigation("top") + "<div class=\"columns\">\n" + Contents() + "<main>\n" + body + "</main>\n</div>\n"
            + Navigation("bottom") + "</body>\n</html>\n";
    }

    private string Navigation(string place)
    {
        var html = new StringBuilder($"<nav class=\"pages {place}\" aria-label=\"Notebooks, {place} of the page\">");
        html.Append(previous is null ? "<span></span>" : $"<a rel=\"prev\" href=\"{Address(previous)}\">← {Title(previous)}</a>");
        html.Append($"<a href=\"{Site.IndexFile}\">All notebooks</a>");
        html.Append(next is null ? "<span></span>" : $"<a rel=\"next\" href=\"{Address(next)}\">{Title(next)} →</a>");
        return html.Append("</nav>\n").ToString();
    }

    private string Contents()
    {
        if (_markdown.Headings.Count < 2)
            return "";
        var html = new StringBuilder("<nav class=\"contents\" aria-label=\"Contents\"><ul>\n");
        foreach (var (level, id, text) in _markdown.Headings)
            html.Append($"<li class=\"level{level}\"><a href=\"#{WebUtility.HtmlEncode(id)}\">{text}</a></li>\n");
        return html.Append("</ul></nav>\n").ToString();
    }

    private void AppendCell(StringBuilder html, NotebookCell cell)
    {
        if (cell.Kind == "markdown")
        {
            html.Append("<section class=\"text\">\n").Append(_markdown.Render(cell)).Append("</section>\n");
            return;
        }

        if (string.IsNullOrWhiteSpace(cell.Source))
            return;
        html.Append("<section class=\"cell\">\n");
        AppendSource(html, cell);
        if (cell.Outputs.Count > 0)
        {
            html.Append("<div class=\"outputs\">\n");
            foreach (var output in cell.Outputs.OfType<JsonObject>())
                AppendOutput(html, output);
            html.Append("</div>\n");
        }

        html.Append("</section>\n");
    }

    private static void AppendSource(StringBuilder html, NotebookCell cell)
    {
        var isCSharp = cell.IsCode && cell.Language == CellLanguage.CSharp;
        var text = isCSharp ? CSharpHighlighter.ToHtml(cell.Source) : WebUtility.HtmlEncode(cell.Source);
        var number = cell.ExecutionCount is { } count ? $"<span class=\"number\">{count}</span>" : "";
        var block = $"<div class=\"source\">{number}<pre><code>{text}</code></pre></div>\n";
        html.Append(cell.HasTag("hide-input") ? $"<details class=\"hidden-source\"><summary>Code</summary>{block}</details>\n" : block);
    }

    private void AppendOutput(StringBuilder html, JsonObject output)
    {
        switch (output.Text("output_type"))
        {
            case "stream":
                var printed = TextToHtml(NotebookCell.TextOf(output["text"]));
                var ruled = RuledLine().IsMatch(printed) ? " ruled" : "";
                html.Append($"<pre class=\"stream {WebUtility.HtmlEncode(output.Text("name"))}{ruled}\">").Append(printed).Append("</pre>\n");
                break;
            case "error":
                var lines = output["traceback"] is JsonArray { Count: > 0 } traceback
                    ? string.Join('\n', traceback.Select(line => line.Text())) : output.Text("evalue") ?? "";
                html.Append("<pre class=\"error\">").Append(TextToHtml(lines)).Append("</pre>\n");
                break;
            case "display_data" or "execute_result" when output["data"] is JsonObject data:
                AppendData(html, data);
                break;
        }
    }

    private void AppendData(StringBuilder html, JsonObject data)
    {
        if (data[MimeBundle.Html] is { } markup)
        {
            var text = FormatterStyle().Replace(NotebookCell.TextOf(markup), "");
            var kind = ScriptAssets.UsesPlotly(text) ? "chart" : "rich";
            html.Append($"<div class=\"{kind}\">").Append(text).Append("</div>\n");
        }
        else if (data["image/svg+xml"] is { } svg)
        {
            html.Append("<div class=\"rich\">").Append(NotebookCell.TextOf(svg)).Append("</div>\n");
        }
        else if (Images.FirstOrDefault(data.ContainsKey) is { } image)
        {
            var bytes = NotebookCell.TextOf(data[image]).ReplaceLineEndings("");
            html.Append($"<img alt=\"output\" src=\"data:{image};base64,{WebUtility.HtmlEncode(bytes)}\">\n");
        }
        else if (data[MimeBundle.Markdown] is { } markdown)
        {
            html.Append("<div class=\"rich\">").Append(_markdown.Render(NotebookCell.TextOf(markdown))).Append("</div>\n");
        }
        else if (data.FirstOrDefault(form => form.Key == MimeBundle.Plain).Value is { } plain)
        {
            html.Append("<pre class=\"value\">").Append(TextToHtml(NotebookCell.TextOf(plain))).Append("</pre>\n");
        }
    }

    /// <summary>Printed text as a terminal would show it at the end, without overwritten parts and without colours.</summary>
    private static string TextToHtml(string text)
    {
        text = TerminalCode().Replace(text, "");
        var lines = text.Split('\n').Select(line => line.TrimEnd('\r')).Select(line => line[(line.LastIndexOf('\r') + 1)..]);
        return WebUtility.HtmlEncode(string.Join('\n', lines).TrimEnd('\n'));
    }

    private static string Address(Notebook other) => Uri.EscapeDataString(other.Name) + ".html";

    private static string Title(Notebook other) => WebUtility.HtmlEncode(Site.PlainTitle(other));

    [GeneratedRegex(@"\x1B(?:\[[0-?]*[ -/]*[@-~]|\][^\x07]*\x07)")]
    private static partial Regex TerminalCode();

    // Under the heads of a printed table, whose lines must not be broken.
    [GeneratedRegex(@"^ *-+( +-+)+ *$", RegexOptions.Multiline)]
    private static partial Regex RuledLine();

    // The formatters repeat their style sheet with each value; the site's own style sheet contains it once.
    [GeneratedRegex(@"<style>\s*\.dni-code-hint.*?</style>", RegexOptions.Singleline)]
    private static partial Regex FormatterStyle();
}

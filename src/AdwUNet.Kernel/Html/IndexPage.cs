using System.Net;
using System.Text;
using AdwUNet.Kernel.Notebooks;

namespace AdwUNet.Kernel.Html;

/// <summary>
/// The page that lists all notebooks. A file <c>index.md</c> beside the notebooks is its text; notebooks that the text does not link follow below.
/// Without that file the page is a list of all notebooks with their first paragraphs.
/// </summary>
/// <param name="notebooks">All notebooks that have a page, in reading order.</param>
/// <param name="folders">The folders in which <c>index.md</c> is looked for, in this order.</param>
internal sealed class IndexPage(IReadOnlyList<Notebook> notebooks, IEnumerable<string> folders)
{
    private const string TextFile = "index.md";
    private const string DefaultTitle = "Notebooks";

    public string Render(string style)
    {
        var title = DefaultTitle;
        var body = new StringBuilder();
        var others = notebooks;
        if (folders.Select(folder => Path.Combine(folder, TextFile)).FirstOrDefault(File.Exists) is { } file)
        {
            var text = File.ReadAllText(file);
            var markdown = new MarkdownRenderer(Path.GetDirectoryName(file)!, notebooks) { AfterLink = Mark };
            body.Append("<section class=\"text\">\n").Append(markdown.Render(text)).Append("</section>\n");
            title = Heading(text) ?? title;
            others = [.. notebooks.Where(notebook => !markdown.Linked.Contains(notebook))];
            if (others.Count > 0)
                body.Append("<h2>More notebooks</h2>\n");
        }
        else
        {
            body.Append($"<h1>{DefaultTitle}</h1>\n");
        }

        AppendList(body, others);
        return Site.Head(title, style, "") + "<body class=\"index\">\n<main>\n" + body + "</main>\n</body>\n</html>\n";
    }

    private static void AppendList(StringBuilder html, IReadOnlyList<Notebook> notebooks)
    {
        if (notebooks.Count == 0)
            return;
        html.Append("<ol class=\"notebooks\">\n");
        foreach (var notebook in notebooks)
        {
            html.Append($"<li><a href=\"{Uri.EscapeDataString(notebook.Name)}.html\">{WebUtility.HtmlEncode(Site.PlainTitle(notebook))}</a>{Mark(notebook)}")
                .Append($"<p>{MarkdownRenderer.Introduction(notebook)}</p></li>\n");
        }

        html.Append("</ol>\n");
    }

    private static string Mark(Notebook notebook) =>
        notebook.Cells.Any(cell => cell.Outputs.Any(output => output.Text("output_type") == "error")) ? " <span class=\"failed\">failed</span>" : "";

    private static string? Heading(string text) => text.Split('\n')
        .FirstOrDefault(line => line.StartsWith("# ", StringComparison.Ordinal)) is { } line ? Markdig.Markdown.ToPlainText(line).Trim() : null;
}

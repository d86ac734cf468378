using System.Net;
using System.Text;
using AdwUNet.Kernel.Notebooks;

namespace AdwUNet.Kernel.Html;

/// <summary>
/// A set of linked pages that show executed notebooks and need only the files of their folder: no network and no server.
/// </summary>
internal static class Site
{
    public const string IndexFile = "index.html";
    private const string StyleFile = "site.css";
    private const string ScriptFile = "site.js";

    /// <summary>Writes the pages of a folder of executed notebooks. Earlier runs' notebooks are listed where they have a page.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="sources">The notebooks that were run now, by their executed files.</param>
    /// <returns>One sentence for each thing that the pages refer to and do not have.</returns>
    public static IReadOnlyList<string> Publish(string folder, IReadOnlyDictionary<string, string> sources)
    {
        // Read from the files: a cell that did not stop in time may still change the outputs in memory.
        var notebooks = Directory.EnumerateFiles(folder, "*.ipynb")
            .Order(StringComparer.Ordinal) // the order of notebooks with equal sort keys
            .Select(file => sources.TryGetValue(file, out var source) ? Notebook.LoadExecuted(file, source) : EarlierOrNull(file))
            .OfType<Notebook>()
            .OrderBy(notebook => notebook.Order, StringComparer.Ordinal)
            .ToList();
        var run = sources.Values.ToHashSet(StringComparer.Ordinal);
        return Write(folder, notebooks, notebook => run.Contains(notebook.Path));
    }

    /// <summary>The executed notebook of an earlier run that has a page; null for any other file.</summary>
    private static Notebook? EarlierOrNull(string file)
    {
        try
        {
            return File.Exists(Path.ChangeExtension(file, ".html")) ? Notebook.Load(file) : null;
        }
        catch (NotebookException)
        {
            // Not a notebook, so it is not listed.
            return null;
        }
    }

    /// <summary>Writes a page for each notebook that was run, and one that lists all.</summary>
    /// <param name="folder">The folder of the pages.</param>
    /// <param name="notebooks">All executed notebooks of the folder in reading order.</param>
    /// <param name="isNew">Whether a notebook was run now; the others already have their pages.</param>
    /// <returns>One sentence for each thing that the pages refer to and do not have.</returns>
    public static IReadOnlyList<string> Write(string folder, IReadOnlyList<Notebook> notebooks, Func<Notebook, bool> isNew)
    {
        var scripts = new ScriptAssets(folder);
        var warnings = new List<string>();
        var style = scripts.AddText(StyleFile, Resource(StyleFile));
        var script = scripts.AddText(ScriptFile, Resource(ScriptFile));
        for (var i = 0; i < notebooks.Count; i++)
        {
            if (!isNew(notebooks[i]))
                continue;
            var page = new Page(notebooks[i], i > 0 ? notebooks[i - 1] : null, i + 1 < notebooks.Count ? notebooks[i + 1] : null, notebooks);
            var html = page.Render(scripts, style, script);
            WholeFile.Write(Path.Combine(folder, notebooks[i].Name + ".html"), html);
            warnings.AddRange(scripts.Missing(html, notebooks[i].Name + ".html"));
        }

        WholeFile.Write(Path.Combine(folder, IndexFile), Index(notebooks, style));
        return warnings;
    }

    /// <summary>The beginning of every page.</summary>
    public static string Head(string title, string style, string scripts) => $"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>{WebUtility.HtmlEncode(title)}</title>
        <link rel="stylesheet" href="{style}">
        {scripts}</head>

        """;

    private static string Index(IReadOnlyList<Notebook> notebooks, string style)
    {
        var html = new StringBuilder(Head("Notebooks", style, ""));
        html.Append("<body class=\"index\">\n<main>\n<h1>Notebooks</h1>\n<ol class=\"notebooks\">\n");
        foreach (var notebook in notebooks)
        {
            var failed = notebook.Cells.Any(cell => cell.Outputs.Any(output => output.Text("output_type") == "error"));
            html.Append($"<li><a href=\"{Uri.EscapeDataString(notebook.Name)}.html\">{WebUtility.HtmlEncode(PlainTitle(notebook))}</a>");
            if (failed)
                html.Append(" <span class=\"failed\">failed</span>");
            html.Append($"<p>{MarkdownRenderer.Introduction(notebook)}</p></li>\n");
        }

        return html.Append("</ol>\n</main>\n</body>\n</html>\n").ToString();
    }

    /// <summary>A notebook's title without the marks of Markdown.</summary>
    public static string PlainTitle(Notebook notebook) => Markdig.Markdown.ToPlainText(notebook.Title).Trim();

    private static string Resource(string name)
    {
        using var stream = typeof(Site).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}

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
        var warnings = Write(folder, notebooks, notebook => run.Contains(notebook.Path));
        var index = new IndexPage(notebooks, (sources.Count > 0 ? sources.Values : [folder]).Select(source => Path.GetDirectoryName(Path.GetFullPath(source))!));
        WholeFile.Write(Path.Combine(folder, IndexFile), index.Render(StyleAddress(folder)));
        return warnings;
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

    /// <summary>Writes a page for each notebook that was run.</summary>
    /// <param name="folder">The folder of the pages.</param>
    /// <param name="notebooks">All executed notebooks of the folder in reading order.</param>
    /// <param name="isNew">Whether a notebook was run now; the others already have their pages.</param>
    /// <returns>One sentence for each thing that the pages refer to and do not have.</returns>
    public static List<string> Write(string folder, List<Notebook> notebooks, Func<Notebook, bool> isNew)
    {
        var scripts = new ScriptAssets(folder);
        var warnings = new List<string>();
        var style = StyleAddress(folder);
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

    private static string StyleAddress(string folder) => new ScriptAssets(folder).AddText(StyleFile, Resource(StyleFile));

    /// <summary>A notebook's title without the marks of Markdown.</summary>
    public static string PlainTitle(Notebook notebook) => Markdig.Markdown.ToPlainText(notebook.Title).Trim();

    private static string Resource(string name)
    {
        using var stream = typeof(Site).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}

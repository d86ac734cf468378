using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AdwUNet.Kernel.Notebooks;
using Markdig;
using Markdig.Extensions.AutoIdentifiers;
using Markdig.Extensions.Mathematics;
using Markdig.Renderers;
using Markdig.Renderers.Html;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace AdwUNet.Kernel.Html;

/// <summary>
/// Renders the Markdown of one page as HTML. Images of the folder are embedded in the page, and links to notebooks become links to their pages.
/// </summary>
/// <param name="folder">The folder that relative addresses start from.</param>
/// <param name="all">All notebooks that have a page.</param>
internal sealed partial class MarkdownRenderer(string folder, IReadOnlyList<Notebook> all)
{
    private const int DeepestHeading = 3;

    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder()
        .UsePipeTables()
        .UseMathematics()
        .UseFootnotes()
        .UseTaskLists()
        .UseEmphasisExtras()
        .UseAutoLinks()
        .UseAutoIdentifiers(AutoIdentifierOptions.GitHub)
        .Build();

    private static readonly Dictionary<string, string> ImageTypes = new(StringComparer.OrdinalIgnoreCase)
    {
        [".png"] = "image/png",
        [".jpg"] = "image/jpeg",
        [".jpeg"] = "image/jpeg",
        [".gif"] = "image/gif",
        [".svg"] = "image/svg+xml",
        [".webp"] = "image/webp",
    };

    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);

    /// <summary>The headings met so far: level, address within the page, text as HTML.</summary>
    public List<(int Level, string Id, string Text)> Headings { get; } = [];

    /// <summary>Gives HTML that is written after each link to a notebook's page.</summary>
    public Func<Notebook, string>? AfterLink { get; init; }

    /// <summary>The notebooks whose pages were linked so far.</summary>
    public HashSet<Notebook> Linked { get; } = [];

    /// <summary>The first paragraph of a notebook, as HTML on one line, for the list of notebooks.</summary>
    public static string Introduction(Notebook notebook)
    {
        var paragraph = notebook.Cells.Where(cell => cell.Kind == "markdown")
            .SelectMany(cell => Markdown.Parse(cell.Source, Pipeline).OfType<ParagraphBlock>())
            .FirstOrDefault();
        // Without links, which are relative to the notebook and not to the list, and without a bold heading, which is the same in all notebooks.
        return paragraph is null ? "" : LeadIn().Replace(LinkTag().Replace(Render(paragraph.Inline!), ""), "");
    }

    /// <summary>A Markdown cell as HTML, with its attachments.</summary>
    public string Render(NotebookCell cell) => Render(cell.Source, cell);

    /// <summary>Markdown as HTML.</summary>
    public string Render(string text) => Render(text, cell: null);

    private string Render(string text, NotebookCell? cell)
    {
        var document = Markdown.Parse(text, Pipeline);
        foreach (var heading in document.Descendants<HeadingBlock>())
            Register(heading);
        foreach (var link in document.Descendants<LinkInline>().ToList())
            Localise(link, cell);
        using var writer = new StringWriter();
        var renderer = CreateRenderer(writer);
        renderer.Render(document);
        return ImageTag().Replace(writer.ToString(), match =>
            match.Groups[1].Value + WebUtility.HtmlEncode(Resolve(WebUtility.HtmlDecode(match.Groups[2].Value), isImage: true, cell)) + match.Groups[3].Value);
    }

    private static string Render(ContainerInline inline)
    {
        using var writer = new StringWriter();
        CreateRenderer(writer).WriteChildren(inline);
        return writer.ToString();
    }

    private static HtmlRenderer CreateRenderer(StringWriter writer)
    {
        var renderer = new HtmlRenderer(writer);
        Pipeline.Setup(renderer);
        renderer.ObjectRenderers.Replace<HtmlMathInlineRenderer>(new InlineMath());
        renderer.ObjectRenderers.Replace<HtmlMathBlockRenderer>(new BlockMath());
        renderer.ObjectRenderers.Replace<CodeBlockRenderer>(new HighlightedCode());
        return renderer;
    }

    private void Register(HeadingBlock heading)
    {
        var attributes = heading.GetAttributes();
        var stem = string.IsNullOrEmpty(attributes.Id) ? "section" : attributes.Id;
        var id = stem;
        // Identifiers are unique within a cell only; here they become unique within the page.
        for (var i = 1; !_ids.Add(id); i++)
            id = $"{stem}-{i}";
        attributes.Id = id;
        if (heading.Level <= DeepestHeading && heading.Inline is { } inline)
            Headings.Add((heading.Level, id, LinkTag().Replace(Render(inline), "")));
    }

    private string? Resolve(string? url, bool isImage, NotebookCell? cell)
    {
        if (string.IsNullOrEmpty(url))
            return url;
        if (url.StartsWith("attachment:", StringComparison.Ordinal))
        {
            var attachment = ((cell?.Json["attachments"] as JsonObject)?[Uri.UnescapeDataString(url["attachment:".Length..])] as JsonObject)?.FirstOrDefault();
            return attachment is { Key: { } type, Value: { } bytes } ? $"data:{type};base64,{NotebookCell.TextOf(bytes)}" : url;
        }

        if (url.Contains(':') || url.StartsWith('#') || url.StartsWith("//", StringComparison.Ordinal))
            return url;
        return isImage && ImageTypes.TryGetValue(Path.GetExtension(url), out var image) && File.Exists(PathOf(url))
            ? $"data:{image};base64,{Convert.ToBase64String(File.ReadAllBytes(PathOf(url)))}" : url;
    }

    /// <summary>Makes a link work on the page. A link to a notebook without a page becomes text.</summary>
    private void Localise(LinkInline link, NotebookCell? cell)
    {
        link.Url = Resolve(link.Url, link.IsImage, cell);
        if (link.IsImage || string.IsNullOrEmpty(link.Url) || link.Url.Contains(':') || link.Url.StartsWith('#') || link.Url.StartsWith("//", StringComparison.Ordinal))
            return;
        var hash = link.Url.IndexOf('#', StringComparison.Ordinal);
        var (file, anchor) = hash < 0 ? (link.Url, "") : (link.Url[..hash], link.Url[hash..]);
        var path = PathOf(file);
        if (all.FirstOrDefault(other => IsPageOf(other, path)) is { } target)
        {
            link.Url = Uri.EscapeDataString(target.Name) + ".html" + anchor;
            Linked.Add(target);
            if (AfterLink?.Invoke(target) is { Length: > 0 } html)
                link.InsertAfter(new HtmlInline(html));
        }
        else if (path.EndsWith(".ipynb", StringComparison.OrdinalIgnoreCase))
        {
            link.ReplaceBy(new ContainerInline(), copyChildren: true);
        }
    }

    private string PathOf(string file) => Path.GetFullPath(Path.Combine(folder, Uri.UnescapeDataString(file)));

    /// <summary>Whether a notebook of the site is the file: of one that ran another time only the name and its neighbours are known.</summary>
    private bool IsPageOf(Notebook other, string path) =>
        Path.GetFullPath(other.Path) == path
        || (other.Name == Path.GetFileNameWithoutExtension(path) && Path.GetDirectoryName(path) == Path.GetFullPath(folder));

    [GeneratedRegex("""(<img\b[^>]*?\bsrc=")([^"]+)(")""", RegexOptions.IgnoreCase)]
    private static partial Regex ImageTag();

    [GeneratedRegex("</?a\\b[^>]*>")]
    private static partial Regex LinkTag();

    [GeneratedRegex("^<strong>[^<]*[.:]</strong>\\s*")]
    private static partial Regex LeadIn();

    private sealed class InlineMath : HtmlObjectRenderer<MathInline>
    {
        private const string Punctuation = ".,;:!?)";

        protected override void Write(HtmlRenderer renderer, MathInline obj)
        {
            var math = MathMarkup.FromLatex(obj.Content.ToString(), isBlock: obj.DelimiterCount > 1);
            if (obj.NextSibling is not LiteralInline next || !Punctuation.Contains(next.Content.CurrentChar, StringComparison.Ordinal))
            {
                renderer.Write(math);
                return;
            }

            // Otherwise a browser may wrap the line before the full stop after a formula.
            var mark = next.Content.CurrentChar;
            next.Content.SkipChar();
            renderer.Write($"<span class=\"nobreak\">{math}{mark}</span>");
        }
    }

    private sealed class HighlightedCode : CodeBlockRenderer
    {
        protected override void Write(HtmlRenderer renderer, CodeBlock obj)
        {
            if (obj is FencedCodeBlock { Info: "csharp" or "cs" or "c#" })
                renderer.Write($"<pre><code>{CSharpHighlighter.ToHtml(obj.Lines.ToString())}</code></pre>\n");
            else
                base.Write(renderer, obj);
        }
    }

    private sealed class BlockMath : HtmlObjectRenderer<MathBlock>
    {
        protected override void Write(HtmlRenderer renderer, MathBlock obj) =>
            renderer.Write(MathMarkup.FromLatex(obj.Lines.ToString(), isBlock: true));
    }
}

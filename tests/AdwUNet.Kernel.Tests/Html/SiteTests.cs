using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AdwUNet.Kernel.Html;
using AdwUNet.Kernel.Running;
using AdwUNet.Tests;

namespace AdwUNet.Kernel.Tests.Html;

[Collection("runs")]
public sealed partial class SiteTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly StringWriter _progress = new() { NewLine = "\n" };

    public void Dispose()
    {
        _folder.Dispose();
        _progress.Dispose();
    }

    private static async Task<int> Execute(NotebookRun run, ProgressReport progress)
    {
        using var cells = new SessionCells(TimeSpan.Zero);
        return await run.ExecuteAsync(cells, progress, TimeSpan.Zero, TestContext.Current.CancellationToken);
    }

    private async Task<string> Page(string name, int code = 0)
    {
        var run = NotebookRun.Prepare([_folder.Root], new Dictionary<string, string>(), null, html: true);
        Assert.Equal(code, await Execute(run, new ProgressReport(_progress, plain: true)));
        return await File.ReadAllTextAsync(_folder.PathOf($"out/{name}.html"), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Pages_refer_to_nothing_outside_their_folder()
    {
        File.WriteAllBytes(_folder.PathOf("dot.gif"), Convert.FromBase64String("R0lGODlhAQABAAAAACwAAAAAAQABAAAC"));
        _folder.Notebook("a.ipynb", "# First\n\nThe [next](b.ipynb#part). ![dot](dot.gif) $\\alpha^2$", "using System.Linq;\nnew { A = 1 }");
        _folder.Notebook("b.ipynb", "# Second\n\n## Part", "typeof(int)");
        var page = await Page("a");
        foreach (var reference in Reference().Matches(page).Select(match => match.Groups[1].Value))
        {
            if (reference.StartsWith('#') || reference.StartsWith("data:image/gif;base64,", StringComparison.Ordinal))
                continue;
            Assert.True(File.Exists(_folder.PathOf("out/" + reference.Split('#')[0])), reference);
        }

        Assert.Contains("href=\"b.html#part\"", page, StringComparison.Ordinal);
        Assert.Contains("rel=\"next\" href=\"b.html\"", page, StringComparison.Ordinal);
        Assert.Contains("<msup><mi>α</mi><mn>2</mn></msup>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("needs the network", _progress.ToString(), StringComparison.Ordinal);
        Assert.Contains("<a href=\"a.html\">First</a>", await File.ReadAllTextAsync(_folder.PathOf("out/index.html"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pages_are_ordered_by_metadata_and_else_by_name()
    {
        foreach (var (name, order) in new[] { ("a", "z"), ("b", null), ("c", "a") })
        {
            var file = _folder.Notebook($"{name}.ipynb", $"# {name}", "md:**What it shows.** Something.", "1");
            var root = JsonNode.Parse(File.ReadAllText(file))!;
            if (order is not null) root["metadata"]!["adw"] = new JsonObject { ["order"] = order };
            File.WriteAllText(file, root.ToJsonString());
        }

        Assert.Contains("rel=\"next\" href=\"a.html\"", await Page("b"), StringComparison.Ordinal);
        var index = await File.ReadAllTextAsync(_folder.PathOf("out/index.html"), TestContext.Current.CancellationToken);
        Assert.Equal(["c", "b", "a"], Reference().Matches(index).Select(match => match.Groups[1].Value).Where(r => r.EndsWith(".html", StringComparison.Ordinal)).Select(r => r[..^5]));
        Assert.Contains("<p>Something.</p>", index, StringComparison.Ordinal); // without the heading that all have
    }

    [Fact]
    public async Task Index_page_shows_index_md_and_then_the_notebooks_that_it_does_not_link()
    {
        _folder.Notebook("a.ipynb", "# First", "1");
        _folder.Notebook("b.ipynb", "# Second\n\nAnother.", "throw new Exception(\"broken\");");
        _folder.Write("index.md", "# The project\n\n## Story\n\n| notebook | time |\n|---|---|\n| [One](a.ipynb), [none](c.ipynb) | 1 min |\n");
        await Page("a", code: 1);
        var index = await File.ReadAllTextAsync(_folder.PathOf("out/index.html"), TestContext.Current.CancellationToken);
        Assert.Contains("<title>The project</title>", index, StringComparison.Ordinal);
        Assert.Contains("<td><a href=\"a.html\">One</a>, none</td>", index, StringComparison.Ordinal);
        var rest = index[index.IndexOf("<h2>More notebooks</h2>", StringComparison.Ordinal)..];
        Assert.Contains("<a href=\"b.html\">Second</a> <span class=\"failed\">failed</span><p>Another.</p>", rest, StringComparison.Ordinal);
        Assert.DoesNotContain("a.html", rest, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Failed_notebook_is_marked_after_its_link_in_the_index_page()
    {
        _folder.Notebook("a.ipynb", "throw new Exception(\"broken\");");
        _folder.Write("index.md", "[One](a.ipynb)");
        await Page("a", code: 1);
        var index = await File.ReadAllTextAsync(_folder.PathOf("out/index.html"), TestContext.Current.CancellationToken);
        Assert.Contains("<a href=\"a.html\">One</a> <span class=\"failed\">failed</span>", index, StringComparison.Ordinal);
        Assert.DoesNotContain("More notebooks", index, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Code_in_Markdown_is_highlighted_and_escaped()
    {
        _folder.Notebook("a.ipynb", "# A\n\n<details>\n<summary>Solution</summary>\n\n```csharp\nvar a = 1 < 2;\n```\n\n</details>", "1");
        Assert.Matches("<details>\\s*<summary>Solution</summary>\\s*<pre><code><span class=\"k\">var</span> a = .*1.* &lt; ", await Page("a"));
    }

    [Fact]
    public async Task Printed_tables_are_not_wrapped_but_sentences_are()
    {
        _folder.Notebook("a.ipynb", "Console.WriteLine(\"class  Dice\\n-----  ----\\nhead   0.91\");", "Console.WriteLine(\"a sentence - or two\");");
        var page = await Page("a");
        Assert.Contains("<pre class=\"stream stdout ruled\">class", page, StringComparison.Ordinal);
        Assert.Contains("<pre class=\"stream stdout\">a sentence", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_stop_after_a_formula_stays_on_its_line()
    {
        _folder.Notebook("a.ipynb", "# A\n\nIt is $x$. Then $y$ follows.", "1");
        var page = await Page("a");
        Assert.Matches("<span class=\"nobreak\"><math[^>]*>.*?</math>\\.</span> Then <math", page);
    }

    [Fact]
    [Promise("What notebooks contain, print, show as values or throw is text in the pages, not markup")]
    public async Task What_cells_print_and_contain_is_text_not_markup()
    {
        const string attack = "<script>alert(1)</script>";
        _folder.Notebook(
            "a.ipynb",
            $"Console.WriteLine(\"{attack}\"); Console.Error.WriteLine(\"{attack}\"); // {attack}",
            $"display(\"{attack}\"); new {{ Name = \"{attack}\" }}",
            $"throw new Exception(\"{attack}\");");
        var page = await Page("a", code: 1);
        Assert.DoesNotContain("<script>", page, StringComparison.Ordinal); // the page's own has an address
        Assert.Contains("<pre class=\"error\">&lt;script&gt;", page, StringComparison.Ordinal);
        Assert.Contains("<span class=\"failed\">", await File.ReadAllTextAsync(_folder.PathOf("out/index.html"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        PromiseTable.Kept("a script in code, both streams, a value, a property and an error");
    }

    [Fact]
    [Promise("The names of files are text in the pages and in their list, not markup")]
    public async Task Names_of_files_are_text_not_markup()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such file names.");
        const string attack = "<img src=x onerror=alert(1)>";
        _folder.Notebook("a.ipynb", "1");
        _folder.Notebook($"b {attack}.ipynb", $"Console.WriteLine(\"{attack}\");");
        _folder.Notebook("c.ipynb", "3");
        await Page("a");
        foreach (var page in Directory.GetFiles(_folder.PathOf("out"), "*.html"))
            Assert.DoesNotContain("<img", await File.ReadAllTextAsync(page, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Contains("href=\"b%20%3Cimg", await File.ReadAllTextAsync(_folder.PathOf("out/index.html"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        PromiseTable.Kept("a notebook whose name is an image with a script, in its page, its neighbours' and the list");
    }

    [Fact]
    public async Task Printed_lines_look_as_on_a_terminal()
    {
        _folder.Notebook("a.ipynb", "Console.Write(\"10 %\\r100 %\\n\\u001b[31mred\\u001b[0m\");");
        Assert.Contains("<pre class=\"stream stdout\">100 %\nred</pre>", await Page("a"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task References_that_need_the_network_give_a_warning()
    {
        _folder.Notebook("a.ipynb", "display(HTML(\"<img src='https://example.org/x.png'>\"));", "HTML(\"<script>Plotly.newPlot('x')</script>\")");
        await Page("a");
        Assert.Contains("The page a.html needs the network for https://example.org/x.png.", _progress.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mentioning_a_charting_library_does_not_load_its_script()
    {
        _folder.Notebook("a.ipynb", "// using Plotly.NET;\n1", "# Charts\n\nWhat `Plotly.newPlot(x)` and require(['plotly']) do.");
        await Page("a");
        Assert.False(ScriptAssets.UsesPlotly("<p>Plotly.newPlot(x)</p><script>f()</script><p>Plotly.react(x)</p>"));
        Assert.True(ScriptAssets.UsesPlotly("<script type='module'>\nlet a = 1;\nPlotly.newPlot(x)</script>"));
        Assert.DoesNotContain("plotly.js", _progress.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_notebook_that_runs_alone_joins_the_pages_that_are_there()
    {
        _folder.Notebook("a.ipynb", "# First\n\nThe [last](c.ipynb).", "1");
        _folder.Notebook("b.ipynb", "# Second\n\nThe [last](c.ipynb).", "2");
        _folder.Notebook("c.ipynb", "# Third", "3");
        await Page("a");
        _folder.Write("out/d.ipynb", "no notebook");
        _folder.Write("out/d.html", "");
        var run = NotebookRun.Prepare([_folder.PathOf("b.ipynb")], new Dictionary<string, string>(), null, html: true);
        Assert.Equal(0, await Execute(run, new ProgressReport(_progress, plain: true)));

        var index = File.ReadAllText(_folder.PathOf("out/index.html"));
        Assert.Equal(["a.html", "b.html", "c.html"], Reference().Matches(index).Select(match => match.Groups[1].Value).Skip(1));
        var page = File.ReadAllText(_folder.PathOf("out/b.html"));
        Assert.Contains("rel=\"prev\" href=\"a.html\"", page, StringComparison.Ordinal);
        Assert.Contains("The <a href=\"c.html\">last</a>", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_a_failure_pages_of_earlier_runs_are_kept_and_listed()
    {
        _folder.Notebook("a.ipynb", "if (System.IO.File.Exists(\"broken\")) throw new Exception(\"broken\");");
        _folder.Notebook("b.ipynb", "2");
        await Page("a");
        _folder.Write("broken", "");
        await Page("a", code: 1);
        Assert.True(File.Exists(_folder.PathOf("out/b.html")));
        Assert.Contains("b.html", File.ReadAllText(_folder.PathOf("out/index.html")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_notebook_named_index_is_refused()
    {
        _folder.Notebook("Index.ipynb", "1");
        var refusal = Assert.Throws<NotebookException>(() => NotebookRun.Prepare([_folder.Root], new Dictionary<string, string>(), null, html: true));
        Assert.Contains("another name", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Web_addresses_of_scripts_in_loaded_libraries_become_local()
    {
        var assets = new ScriptAssets(_folder.Root);
        var (body, head) = assets.Localise("<p></p><script src=\"https://cdn.example.org/x/carried-9.9.9.min.js\" charset=\"utf-8\"></script>");
        Assert.Equal("<p></p><script src=\"assets/carried.min.js\"></script>", body);
        Assert.Equal("", head);
        Assert.Contains("carried", File.ReadAllText(_folder.PathOf("assets/carried.min.js")), StringComparison.Ordinal);
        Assert.Empty(assets.Missing(body, "a.html"));
    }

    [Fact]
    public void Scripts_that_outputs_load_themselves_become_local_or_are_marked_missing()
    {
        var assets = new ScriptAssets(_folder.Root);
        const string output = "<div data-script=\"https://cdn.example.org/x/{0}\">slices</div>";
        var (body, _) = assets.Localise(output.Replace("{0}", "carried-9.9.9.min.js", StringComparison.Ordinal));
        Assert.Equal("<div data-script=\"assets/carried.min.js\">slices</div>", body);
        Assert.True(File.Exists(_folder.PathOf("assets/carried.min.js")));
        Assert.Empty(assets.Missing(body, "a.html"));

        (body, _) = assets.Localise(output.Replace("{0}", "absent.js", StringComparison.Ordinal));
        Assert.DoesNotContain("https:", body, StringComparison.Ordinal);
        Assert.Equal(["The page a.html shows less without absent.js, which no loaded library carries."], assets.Missing(body, "a.html"));
    }

    [GeneratedRegex("(?:src|href)=\"([^\"]*)\"")]
    private static partial Regex Reference();
}

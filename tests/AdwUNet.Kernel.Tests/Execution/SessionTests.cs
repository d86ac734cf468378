using System.Diagnostics;
using AdwUNet.Kernel.Execution;
using Microsoft.DotNet.Interactive.Formatting;

namespace AdwUNet.Kernel.Tests.Execution;

public sealed class SessionTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly TemporaryFolder _folder = new();
    private readonly Session _session;

    public SessionTests() => _session = new Session(_folder.Root);

    public void Dispose()
    {
        _session.Dispose();
        _folder.Dispose();
    }

    private async Task<Recorder> Run(string code, CellStatus expected = CellStatus.Succeeded)
    {
        var output = new Recorder();
        var outcome = await _session.ExecuteAsync(code, output, cancellationToken: TestContext.Current.CancellationToken);
        Assert.True(expected == outcome.Status, string.Join('\n', output.Log));
        return output;
    }

    [Fact]
    public async Task Variables_types_and_usings_of_a_cell_are_there_for_the_next()
    {
        await Run("using System.Globalization;\nvar x = 20; record Pair(int A, int B); int Twice(int n) => 2 * n;");
        var output = await Run("Twice(x) + new Pair(1, 1).A + CultureInfo.InvariantCulture.LCID - 127");
        Assert.Equal("41", output.Value!.Forms[MimeBundle.Plain]);
    }

    [Fact]
    public async Task Only_a_last_expression_without_semicolon_is_a_value()
    {
        Assert.Null((await Run("var two = 1 + 1;")).Value);
        Assert.Null((await Run("Console.WriteLine(3)")).Value);
        Assert.Null((await Run("await Task.Delay(1)")).Value);
        Assert.Equal("<null>", (await Run("(string)null")).Value!.Forms[MimeBundle.Plain]);
        Assert.Equal("5", (await Run("await Task.FromResult(5)")).Value!.Forms[MimeBundle.Plain]);
    }

    [Theory]
    [InlineData("return 5;", "5")]
    [InlineData("if (true) { return 1; }\n2", "1")]
    [InlineData("foreach (var n in new[] { 1, 2 }) { if (n == 2) return n; }", "2")]
    [InlineData("switch (3) { case 3: return \"three\"; }", "three")]
    [InlineData("try { return 4; } finally { }", "4")]
    [InlineData("return await Task.FromResult(6);", "6")]
    [InlineData("return 7;\nint Later() => 1;", "7")]
    [InlineData("string none = null;\nreturn none;", "<null>")]
    [InlineData("int F() { return 8; }", null)]
    [InlineData("{ int L() { return 8; } L(); }", null)]
    [InlineData("Func<int> f = () => { return 8; };", null)]
    [InlineData("return;", null)]
    [InlineData("var stop = false;\nif (stop) return 8;", null)]
    public async Task A_return_gives_the_value_of_a_cell(string code, string? value) =>
        Assert.Equal(value, (await Run(code)).Value?.Forms[MimeBundle.Plain]);

    [Fact]
    public async Task Every_value_has_plain_text_beside_its_rich_form()
    {
        var output = await Run("new[] { (1, \"<b>\") }");
        Assert.Contains("&lt;b&gt;", output.Value!.Forms[MimeBundle.Html], StringComparison.Ordinal);
        Assert.Contains("<b>", output.Value.Forms[MimeBundle.Plain], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prints_and_displays_keep_their_order()
    {
        var output = await Run("""
            Console.Write("a"); Console.Write('b');
            display("one");
            Console.Error.WriteLine("e");
            Console.WriteLine("c");
            "two".Display();
            "last"
            """);
        Assert.Equal(["out: ab", "display: one", "err: e\n", "out: c\n", "display: two", "result: last"], output.Log);
    }

    [Fact]
    public async Task Printing_from_threads_loses_nothing()
    {
        var output = await Run("""
            var threads = Enumerable.Range(0, 4).Select(t => new System.Threading.Thread(() =>
            {
                for (int i = 0; i < 2500; i++) Console.WriteLine($"{t}:{i}");
            })).ToList();
            threads.ForEach(t => t.Start());
            threads.ForEach(t => t.Join());
            await Task.WhenAll(Enumerable.Range(4, 2).Select(t => Task.Run(() => Console.WriteLine($"{t}:0"))));
            """);
        var lines = output.Printed.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(10_002, lines.Length);
        foreach (var thread in lines.GroupBy(line => line[0]))
            Assert.Equal(Enumerable.Range(0, thread.Count()), thread.Select(line => int.Parse(line[2..], null)));
        Assert.True(output.Pieces < 100);
    }

    [Fact]
    public async Task A_display_is_updated_under_its_own_id_also_from_a_later_cell()
    {
        var output = new Recorder();
        var token = TestContext.Current.CancellationToken;
        await _session.ExecuteAsync("var d = display(\"first\"); display(\"other\"); d.Update(\"second\");", output, cancellationToken: token);
        await _session.ExecuteAsync("d.Update(\"third\");", output, cancellationToken: token);
        Assert.Equal(["display: first", "display: other", "update: second", "update: third"], output.Log);
    }

    [Fact]
    public async Task Html_and_texts_of_a_given_type_are_shown_as_such()
    {
        var output = await Run("display(HTML(\"<i>x</i>\")); \"<u>y</u>\".DisplayAs(\"text/html\"); \"*z*\".DisplayAs(\"text/markdown\");");
        Assert.Equal("<i>x</i>", output.Displays[0].Forms[MimeBundle.Html]);
        Assert.Equal("<u>y</u>", output.Displays[1].Forms[MimeBundle.Html]);
        Assert.Equal("*z*", output.Displays[2].Forms[MimeBundle.Markdown]);
        Assert.All(output.Displays, display => Assert.Contains(MimeBundle.Plain, display.Types));
    }

    [Fact]
    public async Task A_formatter_that_a_cell_registers_is_used()
    {
        var output = await Run("""
            using Microsoft.DotNet.Interactive.Formatting;
            class Shape { public int Sides = 3; }
            Formatter.Register<Shape>(s => $"<svg data-sides='{s.Sides}'></svg>", "text/html");
            new Shape()
            """);
        Assert.Equal("<svg data-sides='3'></svg>", output.Value!.Forms[MimeBundle.Html]);
    }

    [Fact]
    public async Task Compile_errors_name_code_line_and_place()
    {
        var output = await Run("var a = 1;\n  var b = nothing + a;", CellStatus.Failed);
        var text = Assert.Single(output.Failure!.Traceback);
        Assert.Contains("cell 1, line 2: error CS0103", text, StringComparison.Ordinal);
        Assert.EndsWith("\n      var b = nothing + a;\n              ^", text, StringComparison.Ordinal);
        Assert.Equal("2", (await Run("var a = 2; a")).Value!.Forms[MimeBundle.Plain]);
    }

    [Fact]
    public async Task Exceptions_show_the_cells_own_lines_and_keep_what_was_defined()
    {
        await Run("int Fail(int n)\n{\n    return (new int[1])[n];\n}");
        var output = await Run("var before = 7;\n\nFail(before);", CellStatus.Failed);
        Assert.Equal("IndexOutOfRangeException", output.Failure!.Name);
        var trace = string.Join('\n', output.Failure.Traceback);
        Assert.Contains("at cell 1, line 3", trace, StringComparison.Ordinal);
        Assert.Contains("at cell 2, line 3", trace, StringComparison.Ordinal);
        Assert.DoesNotContain("Submission#", trace, StringComparison.Ordinal);
        Assert.Equal("7", (await Run("before")).Value!.Forms[MimeBundle.Plain]);
    }

    [Fact]
    public async Task Errors_of_tasks_come_out_unwrapped()
    {
        var output = await Run("Task.Run(() => throw new NotSupportedException(\"not this\")).Wait();", CellStatus.Failed);
        Assert.Equal(("NotSupportedException", "not this"), (output.Failure!.Name, output.Failure.Message));
    }

    [Fact]
    public async Task A_cancelled_cell_stops_and_the_session_lives_on()
    {
        using var stop = new CancellationTokenSource();
        var output = new Recorder();
        var running = _session.ExecuteAsync(
            "using Microsoft.DotNet.Interactive; var kept = 3; Console.Write(\"begun\"); await Task.Delay(-1, KernelInvocationContext.Current.CancellationToken);",
            output, cancellationToken: stop.Token);
        var token = TestContext.Current.CancellationToken;
        for (var clock = Stopwatch.StartNew(); output.Printed.Length == 0; await Task.Delay(20, token))
            Assert.True(clock.Elapsed < Patience, "The cell does not begin.");
        await stop.CancelAsync();
        Assert.Equal(CellStatus.Cancelled, (await running.WaitAsync(Patience, token)).Status);
        Assert.Equal("3", (await Run("kept")).Value!.Forms[MimeBundle.Plain]);
    }

    [Fact]
    public async Task Warnings_are_shown_once()
    {
        const string code = "#warning mind this\nvar n = 1;";
        Assert.Contains(await Log(code), line => line.StartsWith("err: cell 1, line 1: warning CS1030", StringComparison.Ordinal));
        Assert.Empty(await Log(code));

        async Task<List<string>> Log(string text) => (await Run(text)).Log;
    }

    [Fact]
    public async Task Parts_of_a_cell_may_be_html_markdown_and_csharp()
    {
        var output = await Run("var n = 4;\n#!html\n<p>hi</p>\n#!markdown\n**md**\n#!csharp\nn\n");
        Assert.Equal("<p>hi</p>", output.Displays[0].Forms[MimeBundle.Html]);
        Assert.Equal("**md**", output.Displays[1].Forms[MimeBundle.Markdown]);
        Assert.Equal("4", output.Value!.Forms[MimeBundle.Plain]);
    }

    [Fact]
    public async Task Time_is_told()
    {
        var output = await Run("#!time\nawait Task.Delay(30);");
        Assert.Matches(@"^Wall time: \d+(\.\d+)? ms$", output.Displays[0].Forms[MimeBundle.Plain]);
    }

    [Theory]
    [InlineData("#!import", "names no file")]
    [InlineData("#!import gone.csx", "'gone.csx' of the #!import line does not exist")]
    [InlineData("#load \"gone.csx\"", "'gone.csx' of the #load line does not exist")]
    [InlineData("#r \"gone.dll\"", "'gone.dll' of the #r line does not exist")]
    [InlineData("#r \"nuget: a b, 1\"", "does not name a package")]
    public async Task A_line_that_asks_for_what_there_is_not_is_a_clear_error(string code, string message)
    {
        var output = await Run(code, CellStatus.Failed);
        Assert.Contains(message, output.Failure!.Message, StringComparison.Ordinal);
        Assert.Single(output.Failure.Traceback);
    }

    [Fact]
    public async Task What_looks_like_a_directive_within_a_text_is_none()
    {
        var output = await Run("var text = @\"\n#r \"\"gone.dll\"\"\n#!who\n\";\n/*\n#!nothing\n*/\ntext.Length");
        Assert.Equal("21", output.Value!.Forms[MimeBundle.Plain]);
    }

    [Fact]
    public async Task Loaded_scripts_share_the_cell_and_may_load_others()
    {
        Directory.CreateDirectory(_folder.PathOf("sub"));
        _folder.Write("sub/inner.csx", "int Inner() => 40;");
        _folder.Write("sub/outer.csx", "#load \"inner.csx\"\nint Outer() => Inner() + 1;\nvoid Break()\n{\n    throw new Exception(\"broken\");\n}");
        var output = await Run("#load \"sub/outer.csx\"\nOuter() + 1");
        Assert.Equal("42", output.Value!.Forms[MimeBundle.Plain]);
        var failure = (await Run("Break();", CellStatus.Failed)).Failure!;
        Assert.Contains(failure.Traceback, line => line.EndsWith("outer.csx, line 5", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Imported_files_run_in_the_session()
    {
        _folder.Write("one.csx", "var one = 1; Console.WriteLine(\"script\");");
        _folder.Notebook("two.ipynb", "# Title", "var two = one + 1;", "display(two);");
        _folder.Write("three.dib", "#!meta\n\n{\"a\":1}\n\n#!markdown\n\n# Title\n\n#!csharp\n\nvar three = two + 1;\n");
        var output = await Run("#!import one.csx\n#!import \"two.ipynb\"\n#!import three.dib\none + two + three");
        Assert.Equal(["out: script\n", "display: # Title", "display: 2", "display: # Title", "result: 6"], output.Log);
        Assert.Equal("# Title", output.Displays[0].Forms[MimeBundle.Markdown]);
    }

    [Fact]
    public async Task A_file_that_imports_itself_is_an_error()
    {
        _folder.Write("loop.csx", "#!import loop.csx\n");
        Assert.Contains("imports itself", (await Run("#!import loop.csx", CellStatus.Failed)).Failure!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_sessions_end_disposes_each_variable_once_the_last_declared_first()
    {
        await Run("""
            class Thing(string name) : IDisposable
            {
                public void Dispose() { System.IO.File.AppendAllText("LOG", name + " "); if (name == "b") throw new Exception("ignored"); }
            }
            var a = new Thing("a"); var b = new Thing("b");
            """.Replace("LOG", _folder.PathOf("disposed.txt").Replace("\\", "/", StringComparison.Ordinal), StringComparison.Ordinal));
        await Run("var c = new Thing(\"c\"); var again = a; Thing none = null; int number = 3;");
        await Run("var d = new Thing(\"d\"); throw new Exception();", CellStatus.Failed);
        _session.Dispose();
        Assert.Equal("d a c b ", await File.ReadAllTextAsync(_folder.PathOf("disposed.txt"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Kernel_and_notebook_share_the_formatters()
    {
        var output = await Run("using Microsoft.DotNet.Interactive.Formatting;\ntypeof(Formatter).Assembly.Location");
        Assert.Equal(typeof(Formatter).Assembly.Location, output.Value!.Forms[MimeBundle.Plain]);
    }
}

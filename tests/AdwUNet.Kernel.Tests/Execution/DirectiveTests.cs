using System.Runtime.InteropServices;
using AdwUNet.Kernel.Execution;

namespace AdwUNet.Kernel.Tests.Execution;

public sealed class DirectiveTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Session _session;

    public DirectiveTests() => _session = new Session(_folder.Root);

    public void Dispose()
    {
        _session.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Who_names_the_variables_of_earlier_cells()
    {
        await _session.Run("var x = 1; string? _none = null; int Property { get; set; } int Method() => 1; class Type;");
        await _session.Run("x = 2; var y = \"hi>!\"; int.TryParse(\"3\", out var parsed);");
        await _session.Run("var x = 2.5;");
        var output = await _session.Run("#!who");
        Assert.Equal(["display: x\t_none\ty\tparsed"], output.Log);
        Assert.Equal("<div>x\t_none\ty\tparsed</div>", output.Displays[0].Forms[MimeBundle.Html]);
    }

    [Fact]
    public async Task Whos_shows_names_types_and_values()
    {
        await _session.Run("var x = 1; var y = \"<hi>\"; object z = new List<int> { 4, 5 }; string? none = null; var bad = new Bad();\nclass Bad { public override string ToString() => throw new Exception(\"no\"); }");
        var shown = (await _session.Run("#!whos")).Displays[0];
        var lines = shown.Forms[MimeBundle.Plain].Split('\n');
        Assert.Equal(["Variable", "Type", "Value"], lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(["x", "System.Int32", "1"], lines[1].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(lines, line => line.StartsWith("z ", StringComparison.Ordinal) && line.Contains("System.Collections.Generic.List<System.Int32>", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("none ", StringComparison.Ordinal) && line.Contains("System.String", StringComparison.Ordinal) && line.EndsWith("<null>", StringComparison.Ordinal));
        Assert.Contains("<td style=\"text-align:left;white-space:pre-wrap\">&lt;hi&gt;</td>", shown.Forms[MimeBundle.Html], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lines_act_in_their_place()
    {
        _folder.Write("more.csx", "var imported = a + 1; Console.WriteLine(\"imported\");");
        var output = await _session.Run("var a = 1;\n#!who\nConsole.WriteLine(\"code\");\n#!import more.csx\nvar b = imported;\n#!who\na + b");
        Assert.Equal(["display: a", "out: code\nimported\n", "display: a\timported\tb", "result: 3"], output.Log);
    }

    [Fact]
    public async Task One_within_a_statement_acts_before_it_and_lines_keep_their_numbers()
    {
        var output = await _session.Run("var a = 1;\nvoid Later()\n{\n#!who\n    throw new Exception(\"x\");\n}\nLater();", CellStatus.Failed);
        Assert.Equal("display: a", output.Log[0]);
        Assert.Contains("  at cell 1, line 5", output.Failure!.Traceback);
        Assert.Contains("  at cell 1, line 7", output.Failure.Traceback);
    }

    [Fact]
    public async Task Javascript_is_handed_to_the_page()
    {
        var output = await _session.Run("#!javascript\nalert(1 < 2);\n#!csharp\n1");
        Assert.Equal("<script type=\"text/javascript\">alert(1 < 2);</script>", output.Displays[0].Forms[MimeBundle.Html]);
        Assert.Equal("1", output.Value!.Forms[MimeBundle.Plain]);
    }

    [Fact]
    public async Task About_tells_the_versions()
    {
        var shown = (await _session.Run("#!about")).Displays[0];
        Assert.Contains(RuntimeInformation.FrameworkDescription, shown.Forms[MimeBundle.Plain], StringComparison.Ordinal);
        Assert.Contains(_folder.Root, shown.Forms[MimeBundle.Plain], StringComparison.Ordinal);
        Assert.StartsWith("<table>", shown.Forms[MimeBundle.Html], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("#!fsharp\nlet x = 'a", "#!fsharp")]
    [InlineData("#!pwsh\nGet-Item | Foo", "#!pwsh")]
    [InlineData("#!connect mssql", "#!connect")]
    [InlineData("#!http\nGET https://localhost", "#!http")]
    [InlineData("#!kql\nTable | take 1", "#!kql")]
    [InlineData("var before = 1;\n#!sql\nSELECT 1", "#!sql")]
    public async Task A_line_that_there_is_not_is_named_with_those_that_there_are(string code, string name)
    {
        var output = await _session.Run(code, CellStatus.Failed);
        Assert.Equal($"'{name}' is not a directive: there are {Directive.Names}.", output.Failure!.Message);
        Assert.Single(output.Failure.Traceback);
    }

    [Fact]
    public async Task Lsmagic_shows_every_line_with_what_it_does()
    {
        var shown = (await _session.Run("#!lsmagic")).Displays[0];
        Assert.All(Directive.All, each => Assert.Contains(each.Summary, shown.Forms[MimeBundle.Plain], StringComparison.Ordinal));
        Assert.StartsWith("<table>", shown.Forms[MimeBundle.Html], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Kept_values_are_shown_and_shared()
    {
        var output = await _session.Run("#!value --name text\nHello\nWorld\n#!csharp\n#!share --from value text\ntext.Length");
        Assert.Equal(["display: Hello\nWorld", "result: 11"], output.Log);
        output = await _session.Run("#!value --name data --mime-type application/json\n{\"a\": [3]}");
        Assert.Equal(["application/json", "text/plain"], output.Displays[0].Types.Order());
        Assert.Equal("3", (await _session.Run("#!share data --from value --as json\njson.RootElement.GetProperty(\"a\")[0].GetInt32()")).Value!.Forms[MimeBundle.Plain]);
        _folder.Write("kept.txt", "from a file");
        await _session.Run("#!value --name file --from-file kept.txt");
        Assert.Equal("from a file", (await _session.Run("#!share --from value file\nfile")).Value!.Forms[MimeBundle.Plain]);
    }

    [Theory]
    [InlineData("5", "System.String 5")]
    [InlineData("\"two words\"", "System.String \"two words\"")]
    [InlineData("{\"a\": 1, \"b\": \"} \\\" x\"}", "System.String {\"a\": 1, \"b\": \"} \\\" x\"}")]
    [InlineData("@csharp:number", "System.Double 5")]
    [InlineData("@number", "System.Double 5")]
    [InlineData("@csharp:number --byref", "System.Int32 5")]
    [InlineData("@csharp:list", "System.Text.Json.JsonDocument [1,2]")]
    [InlineData("@csharp:yes", "System.Boolean True")]
    [InlineData("@csharp:text", "System.String a\"b\\c")]
    [InlineData("@value:kept", "System.String kept")]
    public async Task Set_declares_a_variable_as_NET_Interactive_does(string value, string expected)
    {
        await _session.Run("var number = 5; int[] list = [1, 2]; var yes = true; var text = \"a\\\"b\\\\c\";");
        await _session.Run("#!value --name kept\nkept");
        var output = await _session.Run($"#!set --name given --value {value}\n$\"{{given.GetType()}} {{((object)given is System.Text.Json.JsonDocument json ? json.RootElement : given)}}\"");
        Assert.Equal(expected, output.Value!.Forms[MimeBundle.Plain]);
    }

    [Fact]
    public async Task A_set_line_sees_the_code_above_it_and_not_that_below()
    {
        Assert.Equal("4", (await _session.Run("var above = 4;\n#!set --name copy --value @csharp:above\ncopy")).Value!.Forms[MimeBundle.Plain]);
        await _session.Run("#!set --name copy --value @csharp:below\nvar below = 4;", CellStatus.Failed);
    }

    [Theory]
    [InlineData("#!set --name a", "has no --value")]
    [InlineData("#!set --value 3", "has no --name")]
    [InlineData("#!set --name --value 3", "has no value for --name")]
    [InlineData("#!set --name a --name b --value 3", "has --name twice")]
    [InlineData("#!set --name a.b --value 3", "'a.b', which is not a name in C#")]
    [InlineData("#!set --name a --value two words", "does not take 'words'")]
    [InlineData("#!set --name a --value @fsharp:x", "asks for a value of 'fsharp'")]
    [InlineData("#!set --name a --value @csharp:none", "no variable 'none'")]
    [InlineData("#!share a", "has no --from")]
    [InlineData("#!share --from value", "names no value")]
    [InlineData("#!share --from value none", "no value 'none'")]
    [InlineData("#!share --from fsharp a", "asks for a value of 'fsharp'")]
    [InlineData("#!value\ntext", "has no --name")]
    [InlineData("#!value --name a --from-file gone.txt", "'gone.txt' of the #!value line cannot be read")]
    [InlineData("#!value --name a --from-file gone.txt\ntext", "both a text below it and another source")]
    [InlineData("#!value --name a --mime-type application/json\n{", "is not JSON")]
    [InlineData("Action f = () => { };\n#!set --name a --value @csharp:f", "cannot be copied into 'a' as JSON")]
    public async Task Lines_of_values_say_what_is_wrong_with_them(string code, string message)
    {
        var output = await _session.Run(code, CellStatus.Failed);
        Assert.Contains(message, output.Failure!.Message, StringComparison.Ordinal);
        Assert.Equal("2", (await _session.Run("1 + 1")).Value!.Forms[MimeBundle.Plain]);
    }

    [Fact]
    public async Task A_mermaid_diagram_is_its_text_and_a_script_that_draws_it()
    {
        var shown = (await _session.Run("#!mermaid\ngraph TD\n  A[\"<b>\"] --> B")).Displays[0];
        Assert.Equal("graph TD\n  A[\"<b>\"] --> B", shown.Forms[MimeBundle.Plain]);
        Assert.Contains("<pre>graph TD\n  A[&quot;&lt;b&gt;&quot;] --&gt; B</pre>", shown.Forms[MimeBundle.Html], StringComparison.Ordinal);
        Assert.Contains("/mermaid.min.js\"", shown.Forms[MimeBundle.Html], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Imported_pages_texts_and_scripts_are_shown()
    {
        _folder.Write("page.html", "<p>page</p>");
        _folder.Write("text.md", "**text**");
        _folder.Write("script.js", "run();");
        var output = await _session.Run("#!import page.html\n#!import text.md\n#!import script.js");
        Assert.Equal("<p>page</p>", output.Displays[0].Forms[MimeBundle.Html]);
        Assert.Equal("**text**", output.Displays[1].Forms[MimeBundle.Markdown]);
        Assert.Contains("run();", output.Displays[2].Forms[MimeBundle.Html], StringComparison.Ordinal);
        _folder.Write("data.fsx", "");
        Assert.Contains("takes .ipynb, .dib", (await _session.Run("#!import data.fsx", CellStatus.Failed)).Failure!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dib_files_have_the_same_lines()
    {
        _folder.Write("all.dib", "#!csharp\n\nvar fromDib = 1;\n\n#!who\n\n#!html\n\n<b>x</b>\n\n#!javascript\n\nrun();\n\n#!csharp\n\n#!whos\n\n#!time\n");
        var output = await _session.Run("#!import all.dib");
        Assert.Equal("display: fromDib", output.Log[0]);
        Assert.Equal(["text/html", "text/plain"], output.Displays[1].Types.Order());
        Assert.Contains("run();", output.Displays[2].Forms[MimeBundle.Html], StringComparison.Ordinal);
        Assert.StartsWith("Variable", output.Displays[3].Forms[MimeBundle.Plain], StringComparison.Ordinal);
        Assert.StartsWith("Wall time", output.Displays[4].Forms[MimeBundle.Plain], StringComparison.Ordinal);
    }
}

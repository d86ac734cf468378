using AdwUNet.Kernel.Execution;
using AdwUNet.Kernel.Language;

namespace AdwUNet.Kernel.Tests.Language;

public sealed class CompletionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Session _session;
    private readonly LanguageServices _services;

    public CompletionTests()
    {
        _session = new Session(_folder.Root);
        _services = new LanguageServices(_session);
    }

    public void Dispose()
    {
        _services.Dispose();
        _session.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("Console.WriteL", "WriteLine")]
    [InlineData("Console.writel", "WriteLine")]
    [InlineData("Console.WL", "WindowLeft WriteLine")]
    [InlineData("Math.Sqr|(2)", "Sqrt")]
    [InlineData("var text = \"a\";\ntext.Subs|\nConsole.WriteLine();", "Substring")]
    [InlineData("new[] { \"a\" }.Select(word => word.Subs|)", "Substring")]
    [InlineData("Enumerable.Range(0, 3).SelectM", "SelectMany")]
    [InlineData("foreac", "foreach")]
    [InlineData("using System.Thr", "Threading")]
    [InlineData("Math.NoSuch", "")]
    [InlineData("noSuchName.", "")]
    [InlineData("// Consol", "")]
    [InlineData("\"Consol|\"", "")]
    public async Task Names_of_the_framework_complete(string marked, string expected)
    {
        Assert.Equal(expected, string.Join(' ', await _services.Names(marked)));
    }

    [Fact]
    public async Task A_match_replaces_the_word_around_the_cursor_and_tells_kind_and_signature()
    {
        var found = await _services.Complete("Math.Sqr|XY(2)");
        Assert.Equal(("Math.".Length, "Math.SqrXY".Length), (found.Start, found.End));
        Assert.Equal(new CompletionMatch("Sqrt", "function", "double Math.Sqrt(double d)"), Assert.Single(found.Matches));
    }

    [Fact]
    public async Task Names_of_earlier_cells_complete()
    {
        await _session.Run("using System.IO;\nrecord Pair(int Left, string Right); int Twice(int n) => 2 * n; delegate void Hook(); enum Colour { Red }");
        await _session.Run("var pairs = new List<Pair>(); var anonymous = new { Inner = new Pair(1, \"\") }; (int First, Pair Second) tuple = default;");
        await _session.Run("int.TryParse(\"3\", out var parsed); int @event = 1; const int Limit = 5; int Size { get; set; }");
        Assert.Equal(["Pair"], await _services.Names("new Pai"));
        Assert.Equal(["Twice"], await _services.Names("Twi"));
        Assert.Equal(["Red"], await _services.Names("Colour.R"));
        Assert.Equal(["Left"], await _services.Names("pairs[0].Le"));
        Assert.Equal(["Right"], await _services.Names("pairs.Where(pair => pair.Ri|)"));
        Assert.Equal(["Right"], await _services.Names("anonymous.Inner.Ri"));
        Assert.Equal(["Right"], await _services.Names("tuple.Second.Ri"));
        Assert.Equal(["parsed"], await _services.Names("pars"));
        Assert.Equal(["Limit"], await _services.Names("Limi"));
        Assert.Equal(["Size", "sizeof"], await _services.Names("Siz"));
        Assert.Contains("ReadAllText", await _services.Names("File.ReadAllT"));
        var match = Assert.Single((await _services.Complete("parse")).Matches);
        Assert.Equal(("variable", "(variable) int parsed"), (match.Kind, match.Signature));
    }

    [Fact]
    public async Task A_later_cell_hides_what_an_earlier_one_declared()
    {
        await _session.Run("var thing = \"text\"; int Do(int n) => n; int Do(string s) => 0; record R(int Old);");
        await _session.Run("var thing = new { Later = 1 }; int Do(int n) => 2 * n; record R(int New);");
        Assert.Equal(["Later"], await _services.Names("thing.L"));
        Assert.Equal(["New"], await _services.Names("new R(1).Ne"));
        Assert.Empty(await _services.Names("new R(1).Ol"));
        Assert.EndsWith("(+ 1 overload)", Assert.Single((await _services.Complete("Do|(1)")).Matches, match => match.Text == "Do").Signature, StringComparison.Ordinal);
        await _session.Run("int Do = 3;");
        Assert.Equal("variable", Assert.Single((await _services.Complete("Do")).Matches, match => match.Text == "Do").Kind);
    }

    [Fact]
    public async Task A_cell_that_fails_leaves_what_it_declared()
    {
        await _session.Run("var before = 1; throw new Exception(\"no\");", CellStatus.Failed);
        Assert.Equal(["before"], await _services.Names("befo"));
    }

    [Fact]
    public async Task Loaded_scripts_and_referenced_libraries_complete()
    {
        _folder.Write("tools.csx", "int Helper() => 1;");
        Assert.Equal(["Helper"], await _services.Names("#load \"tools.csx\"\nHelp"));
        await _session.Run($"#r \"{typeof(Xunit.Assert).Assembly.Location.Replace("\\", "/", StringComparison.Ordinal)}\"\n#load \"tools.csx\"");
        Assert.Equal(["Helper"], await _services.Names("Help"));
        Assert.Equal("Assert", (await _services.Names("Xunit.Asser"))[0]);
        Assert.Contains("Equal", await _services.Names("Xunit.Assert.Equ"));
    }

    [Fact]
    public async Task Parts_in_other_languages_are_left_alone()
    {
        Assert.Empty(await _services.Names("#!html\n<p>Console.WriteL"));
        Assert.Equal(["WriteLine"], await _services.Names("#!markdown\nIt's *text*\n#!csharp\nConsole.WriteL"));
        Assert.Equal(["#!csharp"], await _services.Names("#!html\n<p></p>\n#!c"));
        Assert.Equal(["WriteLine"], await _services.Names("#!time\r\nConsole.WriteL"));
    }
}

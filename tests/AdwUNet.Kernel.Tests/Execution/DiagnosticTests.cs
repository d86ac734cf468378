using AdwUNet.Kernel.Execution;

namespace AdwUNet.Kernel.Tests.Execution;

/// <summary>What the compiler says of a cell.</summary>
public sealed class DiagnosticTests : IDisposable
{
    private readonly Session _session = new(Path.GetTempPath());

    public void Dispose() => _session.Dispose();

    private async Task<string> Warnings(string code) => string.Concat((await _session.Run(code)).Log.Where(line => line.StartsWith("err: ", StringComparison.Ordinal)));

    private Task<string> WarningsOfNull(string code) => Warnings("#nullable enable\n" + code);

    [Theory]
    [InlineData("\tvar a = nothing;", "    \tvar a = nothing;\n    \t        ^")]
    [InlineData("var 数 = \"é漢字\" + nothing;", "    var 数 = \"é漢字\" + nothing;\n                       ^")]
    [InlineData("var e = \"👍\u0301\" + nothing;", "    var e = \"👍\u0301\" + nothing;\n                   ^")]
    [InlineData("Console.WriteLine(1,\n    2,\n    nothing);", "        nothing);\n        ^")]
    public async Task The_caret_stands_below_the_fault(string code, string expected)
    {
        var failure = (await _session.Run(code, CellStatus.Failed)).Failure!;
        Assert.EndsWith("\n" + expected, failure.Traceback[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_error_has_its_place()
    {
        var failure = (await _session.Run("int a = \"text\";\n\nvar b = nothing;\n", CellStatus.Failed)).Failure!;
        Assert.Equal("line 1: CS0029: Cannot implicitly convert type 'string' to 'int'", failure.Message);
        Assert.Equal(2, failure.Traceback.Count);
        Assert.StartsWith("cell 1, line 3: error CS0103", failure.Traceback[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_possible_null_is_warned_of_where_a_cell_asks_once_with_line_and_caret()
    {
        const string code = "#nullable enable\nstring? Find(string s) => s.Length > 3 ? s : null;\nFind(\"abcd\").Length";
        Assert.Equal(
            "err: cell 1, line 3: warning CS8602: Dereference of a possibly null reference.\n    Find(\"abcd\").Length\n    ^\n",
            await Warnings(code));
        Assert.Empty(await Warnings(code));
        Assert.Contains("cell 3, line 2", await Warnings("#nullable enable\nFind(\"other\").Length"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Null_is_not_warned_of_where_no_cell_asks() =>
        Assert.Empty(await Warnings("object? o = null; string s = null; string? G(string? a) => a; int? N() => G(null).Length + s.Length; new List<object> { 1, null }.Count"));

    [Fact]
    public async Task What_notebooks_write_every_day_is_not_warned_of_even_where_a_cell_asks()
    {
        Assert.Empty(await WarningsOfNull("string? maybe = null; var text = \"a\"; var list = new List<string>(); string? Find(int n) => null; object o = 1; record Pair(string? Next); var pair = new Pair(null);"));
        Assert.Empty(await WarningsOfNull("text.Length"));
        Assert.Empty(await WarningsOfNull("var found = Find(1); var first = list.FirstOrDefault();"));
        Assert.Empty(await WarningsOfNull("list.Count"));
        Assert.Empty(await WarningsOfNull("if (maybe != null) Console.WriteLine(maybe.Length);"));
        Assert.Empty(await WarningsOfNull("if (pair.Next is not null) Console.WriteLine(pair.Next.Length);"));
        Assert.Empty(await WarningsOfNull("using Microsoft.DotNet.Interactive; var stop = KernelInvocationContext.Current.CancellationToken; KernelInvocationContext.Current?.Display(1);"));
        Assert.Empty(await WarningsOfNull("class Node { public int Value; public Node? Next; } Node? head = new Node();"));
        Assert.Empty(await WarningsOfNull("int unused; async Task Later() { await Task.Yield(); } await Later();"));
    }

    [Fact]
    public async Task Cell_can_turn_nullable_warnings_off()
    {
        Assert.Contains("warning CS8625", await WarningsOfNull("string r = null;"), StringComparison.Ordinal);
        Assert.Empty(await WarningsOfNull("#nullable disable\nstring s = null; var n = s?.Length;"));
        Assert.Empty(await WarningsOfNull("#pragma warning disable CS8625\nstring t = null;"));
    }

    [Fact]
    public async Task Other_warnings_are_shown_too()
    {
        Assert.Contains("warning CS0162: Unreachable code", await Warnings("int One() { return 1; Console.WriteLine(); }"), StringComparison.Ordinal);
        Assert.Contains("warning CS0618", await Warnings("[Obsolete(\"use another\")] int Old() => 1;\nOld();"), StringComparison.Ordinal);
    }
}

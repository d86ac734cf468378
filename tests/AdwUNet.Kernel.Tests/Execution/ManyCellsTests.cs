using AdwUNet.Kernel.Execution;

namespace AdwUNet.Kernel.Tests.Execution;

/// <summary>Sessions of many cells: what is hidden leaves memory, and nothing else changes.</summary>
public sealed class ManyCellsTests : IDisposable
{
    /// <summary>More than enough cells for hidden ones to be left out.</summary>
    private const int Many = 50;

    private readonly Session _session = new(Path.GetTempPath());

    public void Dispose() => _session.Dispose();

    private async Task<string?> Value(string code)
    {
        var recorder = new Recorder();
        await _session.ExecuteAsync(code, recorder, cancellationToken: TestContext.Current.CancellationToken);
        Assert.True(recorder.Failure is null, string.Join("\n", recorder.Failure?.Traceback ?? []));
        return recorder.Value?.Forms[MimeBundle.Plain];
    }

    private async Task HideOften()
    {
        for (var number = 0; number < Many; number++)
            Assert.Equal($"{number}", await Value($"var hidden = {number}; hidden"));
    }

    [Fact]
    public async Task What_is_not_hidden_stays()
    {
        (string Declaration, string Use, string Value)[] cells =
        [
            ("var a = 3;", "a + 1", "4"),
            ("int Twice(int x) => 2 * x;", "Twice(4)", "8"),
            ("record P(int X); var p = new P(5);", "p.X", "5"),
            ("using System.IO;", "Path.GetFileName(\"/a/b\")", "b"),
            ("using Text = System.Text.StringBuilder;", "new Text(\"t\").Length", "1"),
            ("int.TryParse(\"7\", out var parsed);", "parsed", "7"),
            ("var (left, right) = (1, 2);", "left + right", "3"),
            ("static int Half(this int x) => x / 2;", "8.Half()", "4"),
            ("enum E { A, B }", "(int)E.B", "1"),
            ("var f = (int x) => x + 1;", "f(1)", "2"),
            ("class G<T> { public T? V; } var g = new G<string> { V = \"v\" };", "g.V", "v"),
        ];
        await HideOften();
        foreach (var (declaration, _, _) in cells)
            await Value(declaration);
        for (var round = 0; round < 2; round++)
        {
            await HideOften();
            foreach (var (_, use, value) in cells)
                Assert.Equal(value, await Value(use));
        }
    }

    [Fact]
    public async Task A_hidden_declaration_stays_for_those_that_need_it()
    {
        await Value("record P(int X); const int Seven = 7;");
        await Value("var p = new P(5); var seven = Seven; P Make() => new P(Seven + 2);");
        await Value("record P(string Name); const string Seven = \"seven\";");
        await HideOften();
        Assert.Equal("5", await Value("p.X"));
        Assert.Equal("7", await Value("seven"));
        Assert.Equal("9", await Value("Make().X"));
        Assert.Equal("n", await Value("new P(\"n\").Name"));
        Assert.Equal("5", await Value("p is { X: 5 } ? p.X : 0"));
    }

    [Fact]
    public async Task Overloads_of_several_cells_do_not_hide_each_other()
    {
        await Value("string Kind(int x) => \"int\";");
        await Value("string Kind(string x) => \"string\";");
        await HideOften();
        Assert.Equal("int string", await Value("Kind(1) + \" \" + Kind(\"\")"));
    }

    [Fact]
    public async Task Anonymous_types_keep_their_identity()
    {
        await HideOften();
        await Value("var first = new { A = 1, B = \"b\" };");
        await HideOften();
        await Value("var second = new { A = 2, B = \"c\" };");
        await HideOften();
        Assert.Equal("True", await Value("first.GetType() == second.GetType()"));
        Assert.Equal("3", await Value("new[] { first, second }.Sum(item => item.A)"));
    }

    [Fact]
    public async Task A_cell_that_is_still_running_keeps_what_it_uses()
    {
        await Value("var gate = new TaskCompletionSource(); var hidden = 41; var late = Later(); async Task<int> Later() { await gate.Task; return hidden + 1; }");
        await HideOften();
        Collect();
        Assert.Equal("42", await Value("gate.SetResult(); await late"));
    }

    [Fact]
    public async Task Hidden_values_are_released_at_once_and_disposed_at_the_end()
    {
        await Value("class Thing : IDisposable { public static int Disposed; public void Dispose() => Disposed++; } object? kept;");
        await Value("var thing = new Thing(); var weak = new WeakReference(thing); kept = thing;");
        await Value("var big = new object(); var gone = new WeakReference(big);");
        await Value("object? thing = null; object? big = null;");
        await HideOften();
        Collect();
        Assert.Equal("True", await Value("weak.IsAlive"));
        await Value("Func<int> disposed = () => Thing.Disposed; AppDomain.CurrentDomain.SetData(\"disposed\", disposed);");
        _session.Dispose();
        Assert.Equal(1, ((Func<int>)AppDomain.CurrentDomain.GetData("disposed")!)());
    }

    [Fact]
    public async Task Code_of_hidden_cells_leaves_memory()
    {
        await HideOften();
        Collect();
        var before = CellAssemblies();
        for (var number = 0; number < 3 * Many; number++)
            await Value($"var hidden = {number}; hidden * 2");
        Collect();
        Assert.InRange(CellAssemblies(), 0, before + Many);
    }

    private static void Collect()
    {
        for (var round = 0; round < 4; round++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }

    private static int CellAssemblies() => AppDomain.CurrentDomain.GetAssemblies()
        .Count(assembly => assembly.GetName().Name!.StartsWith("cell-", StringComparison.Ordinal));
}

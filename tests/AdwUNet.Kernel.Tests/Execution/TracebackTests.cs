using AdwUNet.Kernel.Execution;

namespace AdwUNet.Kernel.Tests.Execution;

/// <summary>An exception tells the cells' own lines that led to it, whatever the compiler made of them.</summary>
public sealed class TracebackTests : IDisposable
{
    private readonly Session _session = new(Path.GetTempPath());

    public void Dispose() => _session.Dispose();

    private async Task<IReadOnlyList<string>> Traceback(string code) => (await _session.Run(code, CellStatus.Failed)).Failure!.Traceback;

    [Fact]
    public async Task Of_an_async_method()
    {
        await _session.Run("async Task<int> Later(int n)\n{\n    await Task.Delay(1);\n    return 1 / n;\n}");
        Assert.Equal(
            [
                "Attempted to divide by zero.",
                "  System.DivideByZeroException",
                "  at cell 1, line 4",
                "     return 1 / n;",
                "  at cell 2, line 2",
                "     await Later(0)",
            ],
            await Traceback("var n = 0;\nawait Later(0)"));
    }

    [Theory]
    [InlineData("var list = new[] { 1, 0 };\nlist.Select(n =>\n{\n    return 1 / n;\n}).ToList();", 4, 2)]
    [InlineData("void Outer()\n{\n    void Inner(int n)\n    {\n        Console.WriteLine(1 / n);\n    }\n    Inner(0);\n}\nOuter();", 5, 7, 9)]
    [InlineData("IEnumerable<int> Each(int n)\n{\n    yield return 1;\n    yield return 1 / n;\n}\nforeach (var one in Each(0))\n    Console.Write(one);", 4, 6)]
    [InlineData("class Thing\n{\n    public int Half(int n) => 1 / n;\n}\nnew Thing().Half(0);", 3, 5)]
    [InlineData("await Task.Run(() =>\n{\n    int n = 0;\n    return 1 / n;\n});", 4, 1)]
    [InlineData("Parallel.For(0, 1, n =>\n{\n    Console.WriteLine(1 / n);\n});", 3)]
    public async Task Of_whatever_the_compiler_makes_classes_of(string code, params int[] lines)
    {
        var told = (await Traceback(code)).Where(line => line.StartsWith("  at ", StringComparison.Ordinal)).ToList();
        Assert.Equal(lines.Select(line => $"  at cell 1, line {line}"), told);
    }

    [Fact]
    public async Task Of_the_causes_too()
    {
        await _session.Run("void Low()\n{\n    throw new InvalidOperationException(\"low\");\n}\nvoid High()\n{\n    try\n    {\n        Low();\n    }\n    catch (Exception e)\n    {\n        throw new System.IO.IOException(\"high\", e);\n    }\n}");
        Assert.Equal(
            [
                "high",
                "  System.IO.IOException",
                "  at cell 1, line 13",
                "     throw new System.IO.IOException(\"high\", e);",
                "  at cell 2, line 1",
                "     High();",
                "  because of System.InvalidOperationException: low",
                "  at cell 1, line 3",
                "     throw new InvalidOperationException(\"low\");",
                "  at cell 1, line 9",
                "     Low();",
            ],
            await Traceback("High();"));
    }

    [Fact]
    public async Task Of_several_causes()
    {
        var told = await Traceback("throw new AggregateException(new Exception(\"one\"), new Exception(\"two\", new Exception(\"three\")));");
        Assert.Equal(
            ["  because of System.Exception: one", "  because of System.Exception: two", "  because of System.Exception: three"],
            told.Where(line => line.StartsWith("  because", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Is_short_however_deep_the_calls()
    {
        var told = await Traceback("int Deep(int n) => n == 0 ? throw new Exception(\"deep\") : Deep(n - 1) + 1;\nDeep(500);");
        Assert.InRange(told.Count, 4, 8);
    }
}

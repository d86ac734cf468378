using AdwUNet.Kernel.Execution;
using AdwUNet.Kernel.Language;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace AdwUNet.Kernel.Tests.Language;

public sealed class CompletenessTests
{
    [Theory]
    [InlineData("")]
    [InlineData("1 + 1")]
    [InlineData("var a = 1;")]
    [InlineData("int Twice(int n) => 2 * n;")]
    [InlineData("await Task.Delay(1)")]
    [InlineData("for (var i = 0; i < 3; i++)\n{\n}")]
    [InlineData("#r \"nuget: Id, 1.0\"")]
    [InlineData("#!time\n1 + 1")]
    [InlineData("#!html\n<p>\n#!csharp\n1 + 1")]
    public void What_can_be_run_is_complete(string code)
    {
        Assert.Equal(CompletenessStatus.Complete, LanguageServices.IsComplete(code).Status);
    }

    [Theory]
    [InlineData("int Twice(int n)\n{", "    ")]
    [InlineData("class A\n{\n    void B()\n    {\n        if (true)\n        {", "            ")]
    [InlineData("Console.WriteLine(", "    ")]
    [InlineData("var a =", "")]
    [InlineData("var text = \"\"\"\n  more", "")]
    [InlineData("/* a comment", "")]
    [InlineData("#if true\nvar a = 1;", "")]
    [InlineData("var list = new List<int> {\n    1,", "    ")]
    public void More_must_follow_and_is_indented_as_deep_as_brackets_are_open(string code, string indent)
    {
        Assert.Equal(new Completeness(CompletenessStatus.Incomplete, indent), LanguageServices.IsComplete(code));
    }

    [Theory]
    [InlineData("int = 3;")]
    [InlineData("1 +/ 2;")]
    [InlineData("}")]
    [InlineData("var = ;;;)")]
    [InlineData("1+1 )")]
    [InlineData("if (x) }")]
    [InlineData("if (x) { } }")]
    [InlineData("foo(1]")]
    [InlineData("[1, 2)")]
    [InlineData("{ ( }")]
    [InlineData("\"text\" )")]
    [InlineData("var x = ;\nif (true) {")]
    [InlineData("var a = ;")]
    [InlineData("x = = 3")]
    [InlineData("#!nothing")]
    [InlineData("#r \"nuget: a b\"")]
    public void What_will_never_compile_is_invalid(string code)
    {
        Assert.Equal(CompletenessStatus.Invalid, LanguageServices.IsComplete(code).Status);
    }

    /// <summary>Brackets in texts and comments, types that look like values, texts within texts, patterns, queries.</summary>
    private const string Runnable = """"
        using System.Text;
        #pragma warning disable CS0168
        // a closing one: )
        var text = ") ] }" + 'x' + @"}" + $"{1 + 2,4:0.0} }} {"}"}" + """
            }
            """;
        (double Mean, string Name) pair = (1.5, "a");
        Func<int, int> twice = n => 2 * n; Action none = () => { };
        IReadOnlyList<double> list = [.. Enumerable.Range(0, 3).Select(i => (double)i)];
        var sizes = new (string Name, int Size)[] { ("a", 1), ("b", 2) };
        for (var (i, j) = (0, 0); i < 2; i++) { void Local(int[] x) { } Local([1]); }
        var found = pair switch { (> 1, { Length: > 0 } name) when name != "" => list[^1], _ => list.Count > 0 ? list[0] : 0 };
        class Pair<T>(T first) where T : class { public T First { get; init; } = first; int this[int n] => n; }
        record Point(int X, int Y) { public Point Moved => this with { X = X + 1 }; }
        var query = from p in new[] { new Point(1, 2) } where p.X < 2 orderby p.Y select new { p.X, p };
        try { await Task.Delay(1); } catch (Exception e) when (e is not null) { throw; } finally { /* ) */ }
        if (found is >= 0 and < 5 or 7) return text; else if (twice(2) == 4) { }
        query.Count()
        """";

    [Fact]
    public void The_beginning_of_what_can_be_run_is_never_invalid()
    {
        Assert.Equal(CompletenessStatus.Complete, LanguageServices.IsComplete(Runnable).Status);
        var ends = SubmissionChain.Parse(Runnable, "").GetRoot(TestContext.Current.CancellationToken).DescendantTokens().Select(token => token.Span.End).Distinct();
        Assert.DoesNotContain(ends.Select(end => Runnable[..end]), code => LanguageServices.IsComplete(code).Status == CompletenessStatus.Invalid);
    }

    [Fact]
    public void A_closing_bracket_too_many_is_invalid_wherever_it_stands_between_statements()
    {
        var root = (CompilationUnitSyntax)SubmissionChain.Parse(Runnable, "").GetRoot(TestContext.Current.CancellationToken);
        foreach (var end in root.Members.Select(member => member.Span.End))
        {
            foreach (var bracket in ")]}")
                Assert.Equal(CompletenessStatus.Invalid, LanguageServices.IsComplete(Runnable[..end] + bracket + Runnable[end..]).Status);
        }
    }

    [Fact]
    public void Completeness_of_markup_is_unknown()
    {
        Assert.Equal(CompletenessStatus.Unknown, LanguageServices.IsComplete("#!html\n<p>").Status);
        Assert.Equal(CompletenessStatus.Unknown, LanguageServices.IsComplete("#!mermaid\ngraph TD").Status);
    }
}

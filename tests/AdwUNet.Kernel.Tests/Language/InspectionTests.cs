using AdwUNet.Kernel.Execution;
using AdwUNet.Kernel.Language;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace AdwUNet.Kernel.Tests.Language;

public sealed class InspectionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Session _session;
    private readonly LanguageServices _services;

    public InspectionTests()
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
    [InlineData("Math.Sqrt", "double Math.Sqrt(double d)")]
    [InlineData("Math.Sq|rt(2)", "double Math.Sqrt(double d)")]
    [InlineData("Math.|Sqrt(2)", "double Math.Sqrt(double d)")]
    [InlineData("Math.Sqrt(|", "double Math.Sqrt(double d)")]
    [InlineData("Math.Sqrt(2 + |)", "double Math.Sqrt(double d)")]
    [InlineData("Math.Sqrt(Math.Abs(-2|))", "int Math.Abs(int value)")]
    [InlineData("typeof(List<int>|)", "class System.Collections.Generic.List<T>\nT is int")]
    [InlineData("new List<int>", "List<int>.List() (+ 2 overloads)")]
    [InlineData("new StringBuilder(|", "StringBuilder.StringBuilder()")]
    [InlineData("Environment.NewLine", "string Environment.NewLine { get; }")]
    [InlineData("var here = 5;\nher|e", "(variable) int here")]
    [InlineData("#!time\nMath.Sqrt", "double Math.Sqrt(double d)")]
    [InlineData("#!whos", "#!whos")]
    public async Task The_name_at_the_cursor_or_the_call_around_it_is_told(string marked, string signature)
    {
        Assert.StartsWith(signature, await _services.Inspect(marked), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("noSuchName")]
    [InlineData("")]
    [InlineData("1 + |2")]
    [InlineData("// Math.Sqrt")]
    [InlineData("#!html\nMath.Sqrt")]
    public async Task Position_without_a_name_finds_nothing(string marked)
    {
        Assert.Null(await _services.Inspect(marked));
    }

    [Fact]
    public async Task The_frameworks_documentation_comes_from_its_reference_pack()
    {
        var told = await _services.Inspect("Math.Max(1, 2|)");
        Assert.StartsWith("int Math.Max(int val1, int val2)", told, StringComparison.Ordinal);
        var packs = Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "..", "..", "..", "packs", "Microsoft.NETCore.App.Ref");
        Assert.SkipUnless(Directory.Exists(packs), $"the SDK here has no {packs}");
        Assert.Contains("Returns the larger of two 32-bit signed integers.", told, StringComparison.Ordinal);
        Assert.Contains("\n  val1: The first of two 32-bit signed integers to compare.", told, StringComparison.Ordinal);
        Assert.Contains("\n\nReturns:\n  Parameter val1 or val2, whichever is larger.", told, StringComparison.Ordinal);
        // Told of in another file than the assembly's own.
        Assert.Contains("Adds an object to the end", await _services.Inspect("new List<int>().Add(|"), StringComparison.Ordinal);
        Assert.Contains("Creates a shallow copy", await _services.Inspect("Enumerable.Range(0, 3).ToList().GetRange(|"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_detail_adds_overloads_and_exceptions()
    {
        var brief = await _services.Inspect("Convert.ToInt32");
        var detailed = await _services.Inspect("Convert.ToInt32", detailLevel: 1);
        Assert.DoesNotContain("int Convert.ToInt32(string? value, int fromBase)", brief, StringComparison.Ordinal);
        Assert.Contains("int Convert.ToInt32(string? value, int fromBase)", detailed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_documentation_of_a_users_own_declarations_is_told()
    {
        await _session.Run("""
            /// <summary>Twice a number, see <see cref="Math.Abs(int)"/>.</summary>
            /// <param name="n">The <c>number</c>.</param>
            /// <returns>Twice <paramref name="n"/>.</returns>
            int Twice(int n) => 2 * n;
            /// <summary>A pair of <see cref="List{T}"/>.</summary>
            record Pair(int Left, int Right)
            {
                /// <summary>Both.</summary>
                public int Sum => Left + Right;
            }
            /// <summary>How many.</summary>
            var count = 3;
            """);
        Assert.Equal(
            "int Twice(int n)\n\nTwice a number, see Math.Abs.\n\nParameters:\n  n: The number.\n\nReturns:\n  Twice n.",
            await _services.Inspect("Twice"));
        Assert.Equal("int Pair.Sum { get; }\n\nBoth.", await _services.Inspect("new Pair(1, 2).Sum"));
        Assert.Equal("(variable) int count\n\nHow many.", await _services.Inspect("count| + 1"));
        Assert.Contains("A pair of List<T>.", await _services.Inspect("Pair"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_documentation_beside_a_referenced_library_is_told()
    {
        var token = TestContext.Current.CancellationToken;
        var compilation = CSharpCompilation.Create(
            "Lib",
            [CSharpSyntaxTree.ParseText("""
                public interface IShape
                {
                    /// <summary>How <b>large</b> it is.</summary>
                    /// <param name="unit">A &lt;unit&gt;.</param>
                    double Area(string unit);
                }
                public class Square : IShape
                {
                    /// <inheritdoc/>
                    public double Area(string unit) => 1;
                }
                """, CSharpParseOptions.Default.WithDocumentationMode(DocumentationMode.Diagnose), cancellationToken: token)],
            [MetadataReference.CreateFromFile(typeof(object).Assembly.Location)],
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        await using (var assembly = File.Create(_folder.PathOf("Lib.dll")))
        await using (var documentation = File.Create(_folder.PathOf("Lib.xml")))
            Assert.True(compilation.Emit(assembly, xmlDocumentationStream: documentation, cancellationToken: token).Success);
        await _session.Run("#r \"Lib.dll\"");
        const string expected = "\n\nHow large it is.\n\nParameters:\n  unit: A <unit>.";
        Assert.Equal("double IShape.Area(string unit)" + expected, await _services.Inspect("((IShape)null).Area(|"));
        Assert.Equal("double Square.Area(string unit)" + expected, await _services.Inspect("new Square().Area"));
    }

    [Fact]
    public async Task Markdown_reads_as_the_plain_text_does()
    {
        await _session.Run("/// <summary>A List&lt;T&gt; of *stars* and `ticks`.</summary>\nint Starry(int n) => n;");
        var told = (await _services.InspectAsync("Starry", 3, 0, TestContext.Current.CancellationToken))!.Forms[MimeBundle.Markdown];
        Assert.Equal("```csharp\nint Starry(int n)\n```\n\nA List\\<T\\> of \\*stars\\* and \\`ticks\\`.", told);
    }
}

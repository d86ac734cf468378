using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.Loader;
using System.Text;
using AdwUNet.Kernel.References;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Emit;
using Microsoft.CodeAnalysis.Text;

namespace AdwUNet.Kernel.Execution;

/// <summary>
/// The cells of a session as one program that grows: each is compiled with the names of those before it in view, and its
/// variables live on. Made of Roslyn's script compilations, but loaded by ourselves, so that every assembly of a
/// notebook is loaded once and by our rules.
/// </summary>
internal sealed class SubmissionChain(AssemblyLoadContext loader, ReferenceSet references, string folder)
{
    private const BindingFlags VariableFields = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    private static readonly CSharpParseOptions ParseOptions =
        new(LanguageVersion.Latest, kind: SourceCodeKind.Script, documentationMode: DocumentationMode.None);

    private static readonly string[] Imports =
    [
        "System",
        "System.Text",
        "System.Collections",
        "System.Collections.Generic",
        "System.Threading.Tasks",
        "System.Linq",
        "Microsoft.DotNet.Interactive",
        "Microsoft.DotNet.Interactive.Formatting",
        "Microsoft.DotNet.Interactive.Kernel",
    ];

    // CS1701, CS1702: another version of a referenced assembly stands in; the loader takes what is there.
    private static readonly Dictionary<string, ReportDiagnostic> Silenced = new()
    {
        ["CS1701"] = ReportDiagnostic.Suppress,
        ["CS1702"] = ReportDiagnostic.Suppress,
        ["CS1705"] = ReportDiagnostic.Suppress,
    };

    private readonly CSharpCompilationOptions _options = new(
        OutputKind.DynamicallyLinkedLibrary,
        usings: Imports,
        optimizationLevel: OptimizationLevel.Release,
        allowUnsafe: true,
        // `string?` may be written in any cell; warnings about nulls are for programs, not for notebooks.
        nullableContextOptions: NullableContextOptions.Annotations,
        sourceReferenceResolver: new ScriptFileResolver(folder),
        metadataReferenceResolver: new DirectiveReferenceResolver(references),
        assemblyIdentityComparer: DesktopAssemblyIdentityComparer.Default,
        specificDiagnosticOptions: Silenced);

    private CSharpCompilation? _last;
    private object?[] _states = new object?[16];
    private int _count;

    /// <summary>Reads a cell's code as script.</summary>
    public static SyntaxTree Parse(string code, string name) =>
        CSharpSyntaxTree.ParseText(SourceText.From(code, Encoding.UTF8), ParseOptions, name);

    /// <summary>Compiles and loads code; nothing is run and nothing kept yet.</summary>
    /// <exception cref="CompilationFailedException">The code has errors.</exception>
    public (CSharpCompilation Compilation, Submission Submission) Compile(SyntaxTree tree, CancellationToken cancellationToken)
    {
        var number = ++_count;
        var compilation = CSharpCompilation.CreateScriptCompilation(
            $"cell-{number}", tree, references.All, _options.WithScriptClassName($"Submission#{number}"), _last, typeof(object));
        using var assembly = new MemoryStream();
        using var symbols = new MemoryStream();
        var emitted = compilation.Emit(
            assembly, symbols, options: new EmitOptions(debugInformationFormat: DebugInformationFormat.PortablePdb),
            cancellationToken: cancellationToken);
        if (!emitted.Success)
            throw new CompilationFailedException([.. emitted.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error)]);

        assembly.Position = symbols.Position = 0;
        var entry = compilation.GetEntryPoint(cancellationToken)!;
        var factory = loader.LoadFromStream(assembly, symbols)
            .GetType(entry.ContainingType.MetadataName, throwOnError: true)!
            .GetMethod(entry.MetadataName, BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)!
            .CreateDelegate<Func<object?[], Task<object?>>>();
        var warnings = emitted.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Warning && !d.IsSuppressed).ToList();
        return (compilation, new Submission(factory, HasValue(compilation, tree, cancellationToken), warnings));
    }

    /// <summary>Runs what was compiled; from its first step on, its variables and types are there for the cells after it.</summary>
    public Task<object?> RunAsync(CSharpCompilation compilation, Submission submission)
    {
        _last = compilation;
        if (_states.Length <= _count + 1)
            Array.Resize(ref _states, 2 * _states.Length);
        return submission.Run(_states);
    }

    /// <summary>What the variables hold, the last declared first.</summary>
    public IEnumerable<object> Values =>
        from state in Enumerable.Reverse(_states)
        where state is not null
        from variable in state.GetType().GetFields(VariableFields).OrderByDescending(variable => variable.MetadataToken)
        let value = variable.GetValue(state)
        where value is not null
        select value;

    private static bool HasValue(CSharpCompilation compilation, SyntaxTree tree, CancellationToken cancellationToken)
    {
        var root = (CompilationUnitSyntax)tree.GetRoot(cancellationToken);
        if (root.Members.LastOrDefault() is not GlobalStatementSyntax { Statement: ExpressionStatementSyntax { SemicolonToken.IsMissing: true } last })
            return false;
        var type = compilation.GetSemanticModel(tree).GetTypeInfo(last.Expression, cancellationToken).Type;
        return type is not { SpecialType: SpecialType.System_Void };
    }

    /// <summary>Finds <c>#load</c>ed files, and leaves the names of cells, which are no files, as they are.</summary>
    private sealed class ScriptFileResolver(string folder) : SourceFileResolver([], folder)
    {
        public override string? NormalizePath(string path, string? baseFilePath) =>
            Path.IsPathRooted(path) ? base.NormalizePath(path, baseFilePath) : path;

        // A path in a cell begins at the notebook's folder, whatever the cell is called.
        public override string? ResolveReference(string path, string? baseFilePath) =>
            base.ResolveReference(path, Path.IsPathRooted(baseFilePath) ? baseFilePath : null);
    }

    /// <summary>
    /// Lets <c>#r</c> of loaded script files find what the session added for them. (Those of cells are taken out before.)
    /// </summary>
    private sealed class DirectiveReferenceResolver(ReferenceSet references) : MetadataReferenceResolver
    {
        public override bool Equals(object? other) => ReferenceEquals(this, other);

        public override int GetHashCode() => references.GetHashCode();

        // The session has added the file itself already; any reference of the set satisfies the compiler here.
        public override ImmutableArray<PortableExecutableReference> ResolveReference(
            string reference, string? baseFilePath, MetadataReferenceProperties properties) =>
            [.. references.All.OfType<PortableExecutableReference>().Take(1)];
    }
}

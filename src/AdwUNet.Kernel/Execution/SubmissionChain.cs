using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text;
using AdwUNet.Kernel.References;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Emit;
using Microsoft.CodeAnalysis.Text;

namespace AdwUNet.Kernel.Execution;

/// <summary>
/// The cells of a session as one growing program: each cell is compiled with the names of the earlier cells in scope, and its
/// variables stay alive. Roslyn's script compilations compile the cells. This class loads them, so that every assembly of a
/// notebook is loaded once, by <see cref="NotebookLoadContext"/>.
/// </summary>
internal sealed class SubmissionChain(NotebookLoadContext libraries, ReferenceSet references, string folder)
{
    /// <summary>The options with which a cell's text is parsed.</summary>
    public static readonly CSharpParseOptions ParseOptions =
        new(LanguageVersion.Latest, kind: SourceCodeKind.Script, documentationMode: DocumentationMode.None);

    /// <summary>The namespaces and types whose names are in scope in every cell.</summary>
    public static readonly string[] Imports =
    [
        "System",
        "System.Text",
        "System.Collections",
        "System.Collections.Generic",
        "System.Threading.Tasks",
        "System.Linq",
        "Microsoft.DotNet.Interactive.Kernel",
        "AdwUNet.Kernel.CellApi.CellFunctions",
    ];

    // CS1701, CS1702, CS1705: the referenced assembly has another version; the loader uses that version.
    // CS0649: no code of the cell assigns a field; a later cell may.
    private static readonly Dictionary<string, ReportDiagnostic> Silenced = new()
    {
        ["CS1701"] = ReportDiagnostic.Suppress,
        ["CS1702"] = ReportDiagnostic.Suppress,
        ["CS1705"] = ReportDiagnostic.Suppress,
        ["CS0649"] = ReportDiagnostic.Suppress,
    };

    // With stack probing, an infinite recursion is an exception and does not end the process.
    private static readonly EmitOptions Emitting = new(
        debugInformationFormat: DebugInformationFormat.PortablePdb, instrumentationKinds: [InstrumentationKind.StackOverflowProbing]);

    // Not optimized: tracebacks of optimized code lack inlined methods, and may report an index out of range at another line of its
    // method. (Tiered compilation is not available, because methods of collectible assemblies are compiled only once.) Code that must be
    // fast belongs in a library.
    private readonly CSharpCompilationOptions _options = new(
        OutputKind.DynamicallyLinkedLibrary,
        optimizationLevel: OptimizationLevel.Debug,
        allowUnsafe: true,
        nullableContextOptions: NullableContextOptions.Annotations,
        sourceReferenceResolver: new ScriptFileResolver(folder),
        metadataReferenceResolver: new DirectiveReferenceResolver(references),
        assemblyIdentityComparer: DesktopAssemblyIdentityComparer.Default,
        specificDiagnosticOptions: Silenced);

    // The first link contains the names that every cell sees. It does not refer to libraries that cells add: they may have types of the same names,
    // and an error in this link would be an error of all later cells.
    private readonly ImmutableArray<MetadataReference> _atStart = references.All;

    private readonly LiveCells _cells = new();
    private CSharpCompilation? _first;
    private int _count;

    /// <summary>Reads a cell's code as script.</summary>
    public static SyntaxTree Parse(string code, string name) =>
        CSharpSyntaxTree.ParseText(SourceText.From(code, Encoding.UTF8), ParseOptions, name);

    /// <summary>Compiles and loads code, without running it or adding it to the chain.</summary>
    /// <exception cref="CompilationFailedException">The code has errors.</exception>
    public Submission Compile(SyntaxTree tree, CancellationToken cancellationToken)
    {
        var number = ++_count;
        _first ??= CSharpCompilation.CreateScriptCompilation(
            "cell-0", references: _atStart, options: _options.WithUsings(Imports), returnType: typeof(object));
        var options = _options.WithScriptClassName($"Submission#{number}");
        var compilation = CSharpCompilation.CreateScriptCompilation(
            $"cell-{number}", tree, references.All, options, _cells.Last ?? _first, typeof(object));
        IReadOnlyList<Diagnostic>? warnings = null;
        if (LoopChecks.Insert(tree) is var withChecks && withChecks != tree)
        {
            // Diagnostics refer to the code as it was written.
            warnings = CompilerFindings.Check(compilation.GetDiagnostics(cancellationToken), compilation);
            compilation = compilation.ReplaceSyntaxTree(tree, withChecks);
            tree = withChecks;
        }

        if (!ChainLink.HasCodeIn(compilation))
        {
            // Only `using` lines, or nothing: Roslyn emits no code for that.
            var found = CompilerFindings.Check(compilation.GetDiagnostics(cancellationToken), compilation);
            return new Submission(null, CellResult.None, false, found, ChainLink.Of(compilation, _cells));
        }

        using var image = new MemoryStream();
        using var symbols = new MemoryStream();
        var emitted = compilation.Emit(image, symbols, options: Emitting, cancellationToken: cancellationToken);
        var ofEmitting = CompilerFindings.Check(emitted.Diagnostics, compilation);
        image.Position = symbols.Position = 0;
        using var reader = new PEReader(image, PEStreamOptions.LeaveOpen);
        var code = reader.GetMetadataReader();
        var earlier = _cells.Referenced(code).ToList();
        var loader = new CellLoadContext(libraries, earlier.Select(cell => cell.Assembly!));
        image.Position = 0;
        var assembly = loader.LoadFromStream(image, symbols);
        var entry = compilation.GetEntryPoint(cancellationToken)!;
        var factory = assembly
            .GetType(entry.ContainingType.MetadataName, throwOnError: true)!
            .GetMethod(entry.MetadataName, BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)!
            .CreateDelegate<Func<object?[], Task<object?>>>();
        return new Submission(
            factory,
            CellResults.Of(compilation, tree, cancellationToken),
            TokenUse.IsIn(code) || earlier.Any(cell => cell.AsksForToken),
            warnings ?? ofEmitting,
            ChainLink.Of(compilation, _cells, code, assembly));
    }

    /// <summary>Runs a submission. As soon as it starts, later cells can use its variables and types.</summary>
    public Task<object?> RunAsync(Submission submission)
    {
        var states = _cells.States();
        if (submission.Link is { } link)
        {
            link.Begin(states);
            _cells.Add(link);
        }

        try
        {
            return submission.Run?.Invoke(states) ?? Task.FromResult<object?>(null);
        }
        finally
        {
            // Also after an abort: the variables keep their current values.
            submission.Link?.KeepState();
        }
    }

    /// <summary>The options with which cells are compiled.</summary>
    public CSharpCompilationOptions Options => _options;

    /// <summary>The cells whose declarations are in scope in a new cell, the oldest first.</summary>
    public IReadOnlyList<ChainLink> Cells => _cells.Links;

    /// <summary>The variables in scope in a new cell.</summary>
    public IReadOnlyList<Variable> Variables => _cells.Variables();

    /// <summary>The values of the variables, the last declared first.</summary>
    public IEnumerable<object> Values => _cells.Values();

    /// <summary>Finds <c>#load</c>ed files. The names of cells are not files and stay unchanged.</summary>
    private sealed class ScriptFileResolver(string folder) : SourceFileResolver([], folder)
    {
        public override string? NormalizePath(string path, string? baseFilePath) =>
            Path.IsPathRooted(path) ? base.NormalizePath(path, baseFilePath) : path;

        // A path in a cell begins at the notebook's folder, whatever the cell is called.
        public override string? ResolveReference(string path, string? baseFilePath) =>
            base.ResolveReference(path, Path.IsPathRooted(baseFilePath) ? baseFilePath : null);
    }

    /// <summary>
    /// Resolves the <c>#r</c> lines of loaded script files to the references that the session has added. (Those of cells are removed before.)
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

using System.Reflection;
using System.Reflection.Metadata;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace AdwUNet.Kernel.Execution;

/// <summary>A cell that declared something which later cells see.</summary>
internal sealed class ChainLink
{
    private object?[]? _states;
    private object? _state;

    private ChainLink(CSharpCompilation compilation, IReadOnlyList<string> declared)
    {
        Compilation = compilation;
        Declared = declared;
        HasCode = HasCodeIn(compilation);
    }

    /// <summary>The cell as later cells' compilations see it.</summary>
    public CSharpCompilation Compilation { get; private set; }

    /// <summary>What it was compiled to; null where that was no code.</summary>
    public required Assembly? Assembly { get; init; }

    /// <summary>
    /// What it declares, by keys: the same key in a later cell hides it. Variables and types go by their names, methods by their
    /// signatures, <c>using</c> lines by their text.
    /// </summary>
    public IReadOnlyList<string> Declared { get; }

    /// <summary>The earlier cells on which its declarations depend.</summary>
    public required IReadOnlyList<ChainLink> Needs { get; init; }

    /// <summary>Whether it, or a cell that it depends on, reads the cancellation token.</summary>
    public required bool AsksForToken { get; init; }

    /// <summary>Whether Roslyn gives it a place among the states of a session.</summary>
    public bool HasCode { get; }

    /// <summary>
    /// Whether the compilation from which it was emitted must be kept. Roslyn names anonymous types when it emits, and stores
    /// the names only there.
    /// </summary>
    public required bool IsFixed { get; init; }

    /// <summary>The object that holds its variables, from the cell's first step on.</summary>
    public object? State => _states is { } states ? states[^1] : _state;

    /// <summary>Whether Roslyn emits anything for a cell.</summary>
    public static bool HasCodeIn(CSharpCompilation compilation) =>
        compilation.SyntaxTrees.Any(tree => tree.GetCompilationUnitRoot().Members.Count > 0);

    /// <summary>The link of a cell, or null where the cell declares nothing.</summary>
    /// <param name="compilation">The cell.</param>
    /// <param name="earlier">Those that it may refer to.</param>
    /// <param name="code">What was emitted; null where that is nothing.</param>
    /// <param name="assembly">The same, loaded.</param>
    public static ChainLink? Of(CSharpCompilation compilation, LiveCells earlier, MetadataReader? code = null, Assembly? assembly = null)
    {
        var members = compilation.ScriptClass?.GetMembers().Where(member => !member.IsImplicitlyDeclared && member.CanBeReferencedByName).Select(KeyOf) ?? [];
        var usings = compilation.SyntaxTrees.SelectMany(tree => tree.GetCompilationUnitRoot().Usings).Select(line => line.WithoutTrivia().ToString());
        var declared = members.Concat(usings).Distinct().ToList();
        if (declared.Count == 0)
            return null;

        // The value of a constant is in the code, but not where it came from: its name is in the text alone.
        var named = compilation.SyntaxTrees.SelectMany(tree => tree.GetRoot().DescendantTokens())
            .Where(token => token.IsKind(SyntaxKind.IdentifierToken)).Select(token => token.ValueText)
            .Except(declared.Select(SimpleName)).ToHashSet();
        List<ChainLink> needs = [.. earlier.Declaring(named).Union(code is null ? [] : earlier.Referenced(code))];
        return new ChainLink(compilation, declared)
        {
            Assembly = assembly,
            Needs = needs,
            AsksForToken = (code is not null && TokenUse.IsIn(code)) || needs.Any(cell => cell.AsksForToken),
            IsFixed = code is not null && code.TypeDefinitions.Any(
                type => code.GetString(code.GetTypeDefinition(type).Name).Contains("f__Anonymous", StringComparison.Ordinal)),
        };
    }

    /// <summary>The cell begins to run.</summary>
    /// <param name="states">Where it will put its state: the last place.</param>
    public void Begin(object?[] states) => _states = HasCode ? states : null;

    /// <summary>Keeps the cell's own state, and not those of earlier cells with it.</summary>
    public void KeepState()
    {
        _state = State;
        _states = null;
    }

    /// <summary>Puts the cell behind another one.</summary>
    public void Follow(CSharpCompilation? previous)
    {
        if (Compilation.ScriptCompilationInfo!.PreviousScriptCompilation != previous)
            Compilation = Compilation.WithScriptCompilationInfo(Compilation.ScriptCompilationInfo.WithPreviousScriptCompilation(previous));
    }

    /// <summary>The name in a key.</summary>
    public static string SimpleName(string key) => key.Split('(', '`')[0];

    /// <summary>The key of what a cell declares; see <see cref="Declared"/>.</summary>
    public static string KeyOf(ISymbol member) => member switch
    {
        IMethodSymbol method => $"{method.Name}`{method.Arity}({string.Join(',', method.Parameters.Select(parameter => parameter.RefKind + " " + parameter.Type.ToDisplayString()))})",
        INamedTypeSymbol type => type.MetadataName,
        _ => member.Name,
    };
}

using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace AdwUNet.Kernel.Execution;

/// <summary>The compiler's diagnostics for a cell, in the order of the text, without warnings that do not apply to cells.</summary>
internal static class CompilerFindings
{
    /// <summary>Warnings that a value may be null.</summary>
    private static readonly HashSet<string> OfPossibleNull =
        ["CS8597", "CS8600", "CS8601", "CS8602", "CS8603", "CS8604", "CS8605", "CS8629"];

    /// <summary>Throws the errors.</summary>
    /// <returns>The warnings.</returns>
    /// <exception cref="CompilationFailedException">There are errors.</exception>
    public static IReadOnlyList<Diagnostic> Check(ImmutableArray<Diagnostic> found, CSharpCompilation compilation)
    {
        // Ordered by file, because positions are relative to the file.
        var inOrder = found.GroupBy(diagnostic => diagnostic.Location.SourceTree)
            .SelectMany(file => file.OrderBy(diagnostic => diagnostic.Location.SourceSpan.Start)).ToList();
        var errors = inOrder.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error).ToList();
        if (errors.Count > 0)
            throw new CompilationFailedException(errors);
        return
        [
            .. inOrder.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Warning && !diagnostic.IsSuppressed
                && !(OfPossibleNull.Contains(diagnostic.Id) && IsOfEarlierVariable(diagnostic, compilation))),
        ];
    }

    /// <summary>
    /// Whether a warning concerns a variable of an earlier cell or a member of one. The compiler's nullable analysis does not track variables of
    /// earlier cells, and would warn even after <c>if (it != null)</c>.
    /// </summary>
    private static bool IsOfEarlierVariable(Diagnostic diagnostic, CSharpCompilation compilation)
    {
        if (diagnostic.Location.SourceTree is not { } tree)
            return false;
        var model = compilation.GetSemanticModel(tree);
        var node = tree.GetRoot().FindNode(diagnostic.Location.SourceSpan, getInnermostNodeForTie: true);
        while (true)
        {
            switch (node)
            {
                case ParenthesizedExpressionSyntax within:
                    node = within.Expression;
                    break;
                case MemberAccessExpressionSyntax member when model.GetSymbolInfo(member).Symbol is IFieldSymbol or IPropertySymbol:
                    node = member.Expression;
                    break;
                case IdentifierNameSyntax name:
                    return model.GetSymbolInfo(name).Symbol is (IFieldSymbol or IPropertySymbol) and { ContainingType.IsScriptClass: true } variable
                        && !SymbolEqualityComparer.Default.Equals(variable.ContainingAssembly, compilation.Assembly);
                default:
                    return false;
            }
        }
    }
}

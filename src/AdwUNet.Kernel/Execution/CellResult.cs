using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace AdwUNet.Kernel.Execution;

/// <summary>Whether a piece of code gives a value.</summary>
internal enum CellResult
{
    /// <summary>It gives none.</summary>
    None,

    /// <summary>One of its <c>return</c> statements may give one; where none is reached, the code gives null.</summary>
    MayReturn,

    /// <summary>It ends with a value: an expression without semicolon, or <c>return</c> with one.</summary>
    Value,
}

/// <summary>Reads that off the code.</summary>
internal static class CellResults
{
    public static CellResult Of(CSharpCompilation compilation, SyntaxTree tree, CancellationToken cancellationToken)
    {
        var root = (CompilationUnitSyntax)tree.GetRoot(cancellationToken);
        switch ((root.Members.LastOrDefault() as GlobalStatementSyntax)?.Statement)
        {
            case ReturnStatementSyntax { Expression: not null }:
                return CellResult.Value;
            case ExpressionStatementSyntax { SemicolonToken.IsMissing: true } last
                when compilation.GetSemanticModel(tree).GetTypeInfo(last.Expression, cancellationToken).Type is not { SpecialType: SpecialType.System_Void }:
                return CellResult.Value;
        }

        // Those of functions and lambdas are not the cell's.
        var returns = root.DescendantNodes(node => node is CompilationUnitSyntax or GlobalStatementSyntax or (StatementSyntax and not LocalFunctionStatementSyntax)
            or ElseClauseSyntax or SwitchSectionSyntax or CatchClauseSyntax or FinallyClauseSyntax).OfType<ReturnStatementSyntax>();
        return returns.Any(each => each.Expression is not null) ? CellResult.MayReturn : CellResult.None;
    }
}

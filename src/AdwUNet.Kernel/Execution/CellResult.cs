using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace AdwUNet.Kernel.Execution;

/// <summary>Whether a piece of code gives a value.</summary>
internal enum CellResult
{
    /// <summary>It gives no value.</summary>
    None,

    /// <summary>One of its <c>return</c> statements may give one; if none is reached, the value is null.</summary>
    MayReturn,

    /// <summary>It ends with a value: an expression without semicolon, or <c>return</c> with one.</summary>
    Value,
}

/// <summary>Finds from its syntax whether code gives a value.</summary>
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

        // `return` statements of functions and lambdas do not belong to the cell.
        var returns = root.DescendantNodes(node => node is CompilationUnitSyntax or GlobalStatementSyntax or (StatementSyntax and not LocalFunctionStatementSyntax)
            or ElseClauseSyntax or SwitchSectionSyntax or CatchClauseSyntax or FinallyClauseSyntax).OfType<ReturnStatementSyntax>();
        return returns.Any(each => each.Expression is not null) ? CellResult.MayReturn : CellResult.None;
    }
}

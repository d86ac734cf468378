using AdwUNet.Kernel.Execution;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace AdwUNet.Kernel.Language;

/// <summary>Tells whether code can be run as it is, by the compiler's own parser and the engine's directives.</summary>
internal static class CompletenessCheck
{
    private const int IndentSize = 4;

    public static Completeness Of(string code)
    {
        var parts = CellPart.Split(code, CellLanguage.CSharp);
        if (parts.Count == 0)
            return new Completeness(CompletenessStatus.Complete);
        foreach (var part in parts.Where(part => part.Language == CellLanguage.CSharp))
        {
            if (Check(part.Text) is { Status: not CompletenessStatus.Complete } found)
                return found;
        }

        // Where markup ends, only its writer knows.
        return new Completeness(parts[^1].Language == CellLanguage.CSharp ? CompletenessStatus.Complete : CompletenessStatus.Unknown);
    }

    private static Completeness Check(string code)
    {
        string text;
        try
        {
            text = Directives.Read(code).Code;
        }
        catch (NotebookException)
        {
            return new Completeness(CompletenessStatus.Invalid);
        }

        var tree = SubmissionChain.Parse(text, "");
        if (!SyntaxFactory.IsCompleteSubmission(tree))
            return new Completeness(CompletenessStatus.Incomplete, IndentAfter(tree));
        var hasErrors = tree.GetDiagnostics().Any(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);
        return new Completeness(hasErrors ? CompletenessStatus.Invalid : CompletenessStatus.Complete);
    }

    /// <summary>As deep as brackets are open.</summary>
    private static string IndentAfter(SyntaxTree tree)
    {
        var depth = 0;
        foreach (var token in tree.GetRoot().DescendantTokens().Where(token => !token.IsMissing))
        {
            depth += token.Kind() switch
            {
                SyntaxKind.OpenBraceToken or SyntaxKind.OpenParenToken or SyntaxKind.OpenBracketToken => 1,
                SyntaxKind.CloseBraceToken or SyntaxKind.CloseParenToken or SyntaxKind.CloseBracketToken => -1,
                _ => 0,
            };
        }

        return new string(' ', IndentSize * Math.Max(0, depth));
    }
}

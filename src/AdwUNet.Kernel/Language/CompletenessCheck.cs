using AdwUNet.Kernel.Execution;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace AdwUNet.Kernel.Language;

/// <summary>Tells whether code can be run as it is, by the compiler's own parser and the engine's directives.</summary>
internal static class CompletenessCheck
{
    private const int IndentSize = 4;

    /// <summary>The error for a place where an expression is expected.</summary>
    private const string InvalidTerm = "CS1525";

    /// <summary>Errors of literals, comments and regions without an end.</summary>
    private static readonly HashSet<string> Unfinished =
        ["CS1027", "CS1035", "CS1038", "CS1039", "CS8076", "CS8967", "CS8997", "CS8998", "CS8999", "CS9000"];

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

        // Whether markup is complete cannot be decided.
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
        if (HasUnmatchedBracket(tree))
            return new Completeness(CompletenessStatus.Invalid);
        var errors = tree.GetDiagnostics().Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error).ToList();
        var isWhole = SyntaxFactory.IsCompleteSubmission(tree);
        if (isWhole && errors.Count == 0)
            return new Completeness(CompletenessStatus.Complete);
        return errors.Exists(error => IsFinal(error, tree, isWhole))
            ? new Completeness(CompletenessStatus.Invalid)
            : new Completeness(CompletenessStatus.Incomplete, IndentAfter(tree));
    }

    /// <summary>Whether a closing bracket has no matching opening bracket. Brackets in literals and comments do not count.</summary>
    private static bool HasUnmatchedBracket(SyntaxTree tree)
    {
        var open = new Stack<SyntaxKind>();
        foreach (var token in Tokens(tree))
        {
            switch (token.Kind())
            {
                case SyntaxKind.OpenBraceToken:
                    open.Push(SyntaxKind.CloseBraceToken);
                    break;
                case SyntaxKind.OpenParenToken:
                    open.Push(SyntaxKind.CloseParenToken);
                    break;
                case SyntaxKind.OpenBracketToken:
                    open.Push(SyntaxKind.CloseBracketToken);
                    break;
                case SyntaxKind.CloseBraceToken or SyntaxKind.CloseParenToken or SyntaxKind.CloseBracketToken:
                    if (!open.TryPop(out var expected) || expected != token.Kind())
                        return true;
                    break;
            }
        }

        return false;
    }

    /// <summary>
    /// Whether an error remains, no matter which code follows. More code may correct errors at the last token and errors of an unfinished literal, so these
    /// are ignored. In incomplete code only one kind of error is certain: an operator or punctuation where an expression is expected.
    /// </summary>
    private static bool IsFinal(Diagnostic error, SyntaxTree tree, bool isWhole)
    {
        if (Unfinished.Contains(error.Id))
            return false;
        var place = error.Location.SourceSpan;
        var last = Tokens(tree).LastOrDefault().SpanStart;
        if (error.Id != InvalidTerm)
            return isWhole && place.Start < last && place.End <= last;
        // A type name, `<` or `()` may still become something other than an expression when more code follows.
        var sign = tree.GetText().ToString(place);
        return sign == ";" || (place.Start < last && sign is ")" or "]" or "}" or "=" or "/" or "%" or "|" or "||" or "&&" or "==" or "!=" or "=>");
    }

    /// <summary>The tokens in the text, also those that the parser skipped.</summary>
    private static IEnumerable<SyntaxToken> Tokens(SyntaxTree tree) =>
        tree.GetRoot().DescendantTokens(descendIntoTrivia: true).Where(token => !token.Span.IsEmpty);

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

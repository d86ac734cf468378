using System.Net;
using System.Text;
using AdwUNet.Kernel.Execution;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace AdwUNet.Kernel.Html;

/// <summary>Highlights C# code as HTML, from its syntax alone.</summary>
internal static class CSharpHighlighter
{
    public static string ToHtml(string code)
    {
        var html = new StringBuilder(2 * code.Length);
        foreach (var token in SubmissionChain.Parse(code.ReplaceLineEndings("\n"), "").GetRoot().DescendantTokens())
        {
            AppendTrivia(html, token.LeadingTrivia);
            Append(html, token.Text, KindOf(token));
            AppendTrivia(html, token.TrailingTrivia);
        }

        return html.ToString().TrimEnd('\n');
    }

    private static void AppendTrivia(StringBuilder html, SyntaxTriviaList list)
    {
        foreach (var trivia in list)
        {
            var kind = trivia.IsDirective ? "d"
                : trivia.Kind() is SyntaxKind.SingleLineCommentTrivia or SyntaxKind.MultiLineCommentTrivia
                    or SyntaxKind.SingleLineDocumentationCommentTrivia or SyntaxKind.MultiLineDocumentationCommentTrivia ? "c"
                : null;
            var text = trivia.ToFullString();
            var end = text.Length - text.TrimEnd('\n').Length;
            Append(html, text[..^end], kind);
            html.Append(text, text.Length - end, end);
        }
    }

    private static void Append(StringBuilder html, string text, string? kind)
    {
        if (text.Length == 0)
            return;
        var encoded = WebUtility.HtmlEncode(text);
        html.Append(kind is null ? encoded : $"<span class=\"{kind}\">{encoded}</span>");
    }

    private static string? KindOf(SyntaxToken token) => token.Kind() switch
    {
        SyntaxKind.StringLiteralToken or SyntaxKind.CharacterLiteralToken or SyntaxKind.InterpolatedStringTextToken
            or SyntaxKind.InterpolatedStringStartToken or SyntaxKind.InterpolatedVerbatimStringStartToken
            or SyntaxKind.InterpolatedStringEndToken or SyntaxKind.InterpolatedSingleLineRawStringStartToken
            or SyntaxKind.InterpolatedMultiLineRawStringStartToken or SyntaxKind.InterpolatedRawStringEndToken
            or SyntaxKind.SingleLineRawStringLiteralToken or SyntaxKind.MultiLineRawStringLiteralToken
            or SyntaxKind.Utf8StringLiteralToken => "s",
        SyntaxKind.NumericLiteralToken => "n",
        SyntaxKind.IdentifierToken => OfIdentifier(token),
        var kind when SyntaxFacts.IsKeywordKind(kind) || SyntaxFacts.IsContextualKeyword(kind) => "k",
        _ => null,
    };

    private static string? OfIdentifier(SyntaxToken token) => token.Parent switch
    {
        IdentifierNameSyntax { IsVar: true } => "k",
        BaseTypeDeclarationSyntax or TypeParameterSyntax => "t",
        MethodDeclarationSyntax or LocalFunctionStatementSyntax => "f",
        SimpleNameSyntax name when IsInvoked(name) => "f",
        SimpleNameSyntax name when IsType(name) => "t",
        _ => null,
    };

    private static bool IsInvoked(SimpleNameSyntax name) => name.Parent switch
    {
        InvocationExpressionSyntax call => call.Expression == name,
        MemberAccessExpressionSyntax access => access.Name == name && access.Parent is InvocationExpressionSyntax call && call.Expression == access,
        _ => false,
    };

    private static bool IsType(SimpleNameSyntax name) => name.Parent switch
    {
        VariableDeclarationSyntax or ParameterSyntax or ObjectCreationExpressionSyntax or TypeArgumentListSyntax or ArrayTypeSyntax
            or NullableTypeSyntax or BaseTypeSyntax or CastExpressionSyntax or TypeOfExpressionSyntax or DeclarationPatternSyntax => true,
        MethodDeclarationSyntax method => method.ReturnType == name,
        LocalFunctionStatementSyntax function => function.ReturnType == name,
        // By C# naming conventions, a name with a capital letter before a dot is a type or a namespace.
        MemberAccessExpressionSyntax access => access.Expression == name && char.IsUpper(name.Identifier.ValueText.FirstOrDefault()),
        _ => name is GenericNameSyntax,
    };
}

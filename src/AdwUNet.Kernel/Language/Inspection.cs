using AdwUNet.Kernel.Execution;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.QuickInfo;

namespace AdwUNet.Kernel.Language;

/// <summary>What a name in C# means: its signature, by Roslyn's quick info, and what its documentation says.</summary>
internal static class Inspection
{
    /// <summary>Tells what the name at the cursor means, or of what call it is within; null where nothing is found.</summary>
    public static async Task<MimeBundle?> InspectAsync(Document document, int cursor, int detailLevel, CancellationToken cancellationToken)
    {
        var service = QuickInfoService.GetService(document)!;
        var root = (await document.GetSyntaxRootAsync(cancellationToken).ConfigureAwait(false))!;
        foreach (var name in NamesAt(root, cursor))
        {
            var info = await service.GetQuickInfoAsync(document, name.SpanStart, cancellationToken).ConfigureAwait(false);
            if (info?.Sections.FirstOrDefault(section => section.Kind == QuickInfoSectionKinds.Description) is not { } description)
                continue;
            var model = (await document.GetSemanticModelAsync(cancellationToken).ConfigureAwait(false))!;
            var symbols = SymbolsOf(model, name, cancellationToken);
            return Describe(info, Signature.Clean(description.Text), symbols, detailLevel, cancellationToken);
        }

        return null;
    }

    private static MimeBundle Describe(
        QuickInfoItem info, string signature, IReadOnlyList<ISymbol> symbols, int detailLevel, CancellationToken cancellationToken)
    {
        foreach (var section in info.Sections.Where(section => section.Kind is QuickInfoSectionKinds.TypeParameters or QuickInfoSectionKinds.AnonymousTypes))
            signature += "\n" + Signature.Clean(section.Text);
        var isDetailed = detailLevel > 0;
        if (isDetailed && symbols.Count > 1)
            signature += string.Concat(symbols.Skip(1).Select(symbol => "\n" + Signature.Clean(symbol.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat))));
        if (symbols.Count == 0)
            return Description.Of(signature, []);
        var documentation = Documentation.Of(symbols[0], cancellationToken);
        return Description.Of(
            signature,
            [documentation["summary"], documentation["value"], isDetailed ? documentation["remarks"] : ""],
            ("Type parameters", documentation.Named("typeparam")),
            ("Parameters", documentation.Named("param")),
            ("Returns", documentation["returns"] is { Length: > 0 } returns ? [("", returns)] : []),
            ("Exceptions", isDetailed ? documentation.Named("exception") : []));
    }

    /// <summary>The name that the cursor touches, then those of the calls around it, from within.</summary>
    private static IEnumerable<SyntaxToken> NamesAt(SyntaxNode root, int cursor)
    {
        var right = root.FindToken(cursor);
        if (right.SpanStart <= cursor && IsName(right))
            yield return right;
        if (cursor == 0)
            yield break;
        var left = root.FindToken(cursor - 1);
        if (left.Span.End == cursor && IsName(left))
            yield return left;
        // `List<int>` ends in a bracket.
        if (left is { Parent: TypeArgumentListSyntax { Parent: GenericNameSyntax generic } } && left.Span.End == cursor)
            yield return generic.Identifier;
        foreach (var list in left.Parent?.AncestorsAndSelf() ?? [])
        {
            if (list is BaseArgumentListSyntax or AttributeArgumentListSyntax or TypeArgumentListSyntax
                && list.GetFirstToken().Span.End <= cursor
                && (list.GetLastToken(includeZeroWidth: true) is { IsMissing: true } || cursor <= list.GetLastToken().SpanStart)
                && NameOfCall(list.Parent) is { } name)
                yield return name;
        }
    }

    private static SyntaxToken? NameOfCall(SyntaxNode? call) => call switch
    {
        InvocationExpressionSyntax invocation => LastName(invocation.Expression),
        ElementAccessExpressionSyntax access => LastName(access.Expression),
        ImplicitObjectCreationExpressionSyntax creation => creation.NewKeyword,
        ObjectCreationExpressionSyntax creation => LastName(creation.Type),
        AttributeSyntax attribute => LastName(attribute.Name),
        GenericNameSyntax generic => generic.Identifier,
        _ => null,
    };

    private static SyntaxToken? LastName(SyntaxNode expression) => expression switch
    {
        SimpleNameSyntax name => name.Identifier,
        MemberAccessExpressionSyntax access => access.Name.Identifier,
        MemberBindingExpressionSyntax binding => binding.Name.Identifier,
        QualifiedNameSyntax qualified => qualified.Right.Identifier,
        _ => null,
    };

    private static bool IsName(SyntaxToken token) => token.IsKind(SyntaxKind.IdentifierToken) || token.IsKeyword();

    /// <summary>The symbols of a name: the resolved one first, then its other overloads.</summary>
    private static IReadOnlyList<ISymbol> SymbolsOf(SemanticModel model, SyntaxToken name, CancellationToken cancellationToken)
    {
        var node = name.Parent!;
        // In `new Pair(1, 2)` the name refers to a constructor.
        if (node.FirstAncestorOrSelf<BaseObjectCreationExpressionSyntax>() is { } creation
            && (creation is ImplicitObjectCreationExpressionSyntax ? node == creation : ((ObjectCreationExpressionSyntax)creation).Type.Span.Contains(name.Span)))
            node = creation;
        var info = model.GetSymbolInfo(node, cancellationToken);
        var group = model.GetMemberGroup(node, cancellationToken);
        var meant = info.Symbol ?? info.CandidateSymbols.FirstOrDefault() ?? group.FirstOrDefault()
            ?? model.GetDeclaredSymbol(node, cancellationToken) ?? model.GetTypeInfo(node, cancellationToken).Type;
        return meant is null ? [] : [meant, .. group.Where(other => !SymbolEqualityComparer.Default.Equals(other, meant))];
    }
}

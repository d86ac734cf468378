using System.Text;
using AdwUNet.Kernel.Execution;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace AdwUNet.Kernel.Language;

/// <summary>
/// What a session's cells have declared, as the text of one piece of script. The services see this in place of the chain of cells: a
/// lookup through a chain of a thousand compilations would be too slow for every keystroke.
/// </summary>
internal static class EarlierCells
{
    /// <summary>How the type of a variable is written.</summary>
    private static readonly SymbolDisplayFormat TypeFormat = new(
        typeQualificationStyle: SymbolDisplayTypeQualificationStyle.NameAndContainingTypesAndNamespaces,
        genericsOptions: SymbolDisplayGenericsOptions.IncludeTypeParameters,
        miscellaneousOptions: SymbolDisplayMiscellaneousOptions.EscapeKeywordIdentifiers
            | SymbolDisplayMiscellaneousOptions.UseSpecialTypes
            | SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier);

    /// <summary>The declarations that a new cell sees: of those with the same key, the last.</summary>
    public static string TextOf(IReadOnlyList<ChainLink> cells)
    {
        var usings = new OrderedDictionary<string, string>(StringComparer.Ordinal);
        var members = new OrderedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var compilation in cells.Select(cell => cell.Compilation))
        {
            foreach (var line in compilation.SyntaxTrees.SelectMany(tree => tree.GetCompilationUnitRoot().Usings))
                usings[line.Alias?.Name.ToString() ?? line.WithoutTrivia().ToString()] = line.WithoutTrivia().ToString();
            foreach (var member in compilation.ScriptClass?.GetMembers() ?? [])
            {
                if (member.IsImplicitlyDeclared || !member.CanBeReferencedByName)
                    continue;
                if (member is not IMethodSymbol)
                    HideMethods(members, member.Name);
                members[ChainLink.KeyOf(member)] = DeclarationOf(member);
            }
        }

        return string.Join('\n', usings.Values.Concat(members.Values));
    }

    /// <summary>A variable or a type hides methods of its name, whatever their signatures.</summary>
    private static void HideMethods(OrderedDictionary<string, string> members, string name)
    {
        if (members.Count == 0)
            return;
        foreach (var key in members.Keys.Where(key => key.StartsWith(name + "`", StringComparison.Ordinal) && key.EndsWith(')')).ToList())
            members.Remove(key);
    }

    private static string DeclarationOf(ISymbol member)
    {
        var syntax = member.DeclaringSyntaxReferences.Select(reference => reference.GetSyntax()).ToList();
        return member is IFieldSymbol field ? CommentOf(syntax[0]) + VariableOf(field, syntax[0]) : string.Join('\n', syntax.Select(TextOf));
    }

    private static string TextOf(SyntaxNode declaration)
    {
        // `event Action Changed;` declares by the name within.
        var whole = declaration.FirstAncestorOrSelf<MemberDeclarationSyntax>() ?? declaration;
        return CommentOf(whole) + whole;
    }

    /// <summary>A field with the type that the compiler found: its initial value need not be bound again.</summary>
    private static string VariableOf(IFieldSymbol field, SyntaxNode declaration)
    {
        var type = TypeText(field.Type);
        // Only the compiler can name an anonymous type.
        if (type.Contains('<', StringComparison.Ordinal) && declaration is VariableDeclaratorSyntax { Initializer: { } initial } && HasAnonymous(field.Type))
            return $"var {field.Name} {initial};";
        var name = SyntaxFacts.GetKeywordKind(field.Name) == SyntaxKind.None ? field.Name : "@" + field.Name;
        if (!field.IsConst || field.ConstantValue is null)
            return $"{type} {name};";
        return $"const {type} {name} = ({type}){SymbolDisplay.FormatPrimitive(field.ConstantValue, quoteStrings: true, useHexadecimalNumbers: false)};";
    }

    private static string TypeText(ITypeSymbol type)
    {
        var text = new StringBuilder();
        var afterScript = false;
        foreach (var part in type.ToDisplayParts(TypeFormat))
        {
            // A cell's own class has no name that could be written.
            var isScript = part.Symbol is INamedTypeSymbol { IsScriptClass: true };
            if (!isScript && !afterScript)
                text.Append(part.ToString());
            afterScript = isScript;
        }

        return text.ToString();
    }

    private static bool HasAnonymous(ITypeSymbol type) => type switch
    {
        INamedTypeSymbol named => named.IsAnonymousType || named.TypeArguments.Any(HasAnonymous),
        IArrayTypeSymbol array => HasAnonymous(array.ElementType),
        _ => false,
    };

    /// <summary>The documentation comment of a declaration, which cells are parsed without.</summary>
    private static string CommentOf(SyntaxNode declaration)
    {
        var whole = declaration.FirstAncestorOrSelf<MemberDeclarationSyntax>() ?? declaration;
        var lines = whole.GetLeadingTrivia().Select(trivia => trivia.ToString().Trim())
            .Where(text => text.StartsWith("///", StringComparison.Ordinal) || text.StartsWith("/**", StringComparison.Ordinal));
        return string.Concat(lines.Select(line => line + "\n"));
    }
}

using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;
using Microsoft.CodeAnalysis;

namespace AdwUNet.Kernel.Language;

/// <summary>The XML documentation of a symbol, as text.</summary>
internal sealed partial class Documentation
{
    /// <summary>Elements that stand on lines of their own.</summary>
    private static readonly string[] Blocks = ["para", "p", "code", "list", "listheader", "item"];

    private readonly XElement _root;

    private Documentation(XElement root) => _root = root;

    /// <summary>What is written about a symbol, or, where it says that it inherits that, about what it overrides or implements.</summary>
    public static Documentation Of(ISymbol symbol, CancellationToken cancellationToken)
    {
        var root = Read(symbol, cancellationToken);
        if (root.Element("inheritdoc") is not null && InheritedFrom(symbol) is { } origin)
            root = Read(origin, cancellationToken);
        return new Documentation(root);
    }

    /// <summary>The text of an element such as <c>summary</c>; empty where there is none.</summary>
    public string this[string element] => TextOf(_root.Element(element));

    /// <summary>The elements of a kind that have names, such as <c>param</c>: name and text.</summary>
    public IReadOnlyList<(string Name, string Text)> Named(string element) =>
        [.. _root.Elements(element).Select(each => ((string?)each.Attribute("name") ?? NameOf(each), TextOf(each))).Where(each => each.Item2.Length > 0)];

    private static XElement Read(ISymbol symbol, CancellationToken cancellationToken)
    {
        var text = symbol.GetDocumentationCommentXml(expandIncludes: true, cancellationToken: cancellationToken) ?? "";
        try
        {
            var root = XElement.Parse($"<doc>{text}</doc>", LoadOptions.PreserveWhitespace);
            return root.Element("member") ?? root;
        }
        catch (XmlException)
        {
            // A comment that its author did not write well.
            return new XElement("doc");
        }
    }

    private static ISymbol? InheritedFrom(ISymbol symbol)
    {
        ISymbol? overridden = symbol switch
        {
            IMethodSymbol method => method.OverriddenMethod,
            IPropertySymbol property => property.OverriddenProperty,
            INamedTypeSymbol { BaseType.SpecialType: SpecialType.None } type => type.BaseType,
            _ => null,
        };
        return overridden ?? symbol.ContainingType?.AllInterfaces.SelectMany(each => each.GetMembers(symbol.Name))
            .FirstOrDefault(member => SymbolEqualityComparer.Default.Equals(symbol.ContainingType.FindImplementationForInterfaceMember(member), symbol));
    }

    private static string TextOf(XElement? element)
    {
        if (element is null)
            return "";
        var text = new StringBuilder();
        Append(text, element);
        var lines = text.ToString().Split('\n').Select(line => Spaces().Replace(line, " ").Trim());
        return ManyLines().Replace(string.Join('\n', lines).Trim(), "\n\n");
    }

    private static void Append(StringBuilder text, XElement element)
    {
        foreach (var node in element.Nodes())
        {
            if (node is XText plain)
                // A line break in the comment is none in the text; what breaks lines are elements.
                text.Append(plain.Value.ReplaceLineEndings(" "));
            else if (node is XElement block && Blocks.Contains(block.Name.LocalName))
                Append(text.Append('\n'), block);
            else if (node is XElement { Name.LocalName: "description", PreviousNode: not null } description)
                Append(text.Append(": "), description);
            else if (node is XElement { Name.LocalName: "br" })
                text.Append('\n');
            else if (node is XElement inline)
                AppendInline(text, inline);
        }

        if (Blocks.Contains(element.Name.LocalName))
            text.Append('\n');
    }

    private static void AppendInline(StringBuilder text, XElement element)
    {
        if (!element.Nodes().Any())
            text.Append(NameOf(element));
        else
            Append(text, element);
    }

    /// <summary>What an element such as <c>see</c> refers to, without its namespaces.</summary>
    private static string NameOf(XElement element)
    {
        if (((string?)element.Attribute("name") ?? (string?)element.Attribute("langword") ?? (string?)element.Attribute("href")) is { } word)
            return word;
        var reference = ((string?)element.Attribute("cref") ?? "").Split('(')[0];
        var parts = reference.Split(':')[^1].Replace('{', '<').Replace('}', '>').Split('.');
        var kept = reference.StartsWith("T:", StringComparison.Ordinal) || parts.Length < 2 ? parts[^1..] : parts[^2..];
        // As `typeof` writes them, whatever the parameters' names are.
        return Arity().Replace(string.Join('.', kept), match => match.Groups[1].Value == "1" ? "<T>" : $"<{new string(',', int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) - 1)}>")
            .Replace("#ctor", "constructor", StringComparison.Ordinal);
    }

    [GeneratedRegex(@"[ \t]+")]
    private static partial Regex Spaces();

    [GeneratedRegex(@"\n{3,}")]
    private static partial Regex ManyLines();

    [GeneratedRegex(@"`+(\d+)")]
    private static partial Regex Arity();
}

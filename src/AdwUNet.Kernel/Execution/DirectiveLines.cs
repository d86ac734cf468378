using System.Text;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace AdwUNet.Kernel.Execution;

/// <summary>One line of C# code that is for the engine, not for the compiler.</summary>
/// <param name="Text">The line, trimmed.</param>
/// <param name="Span">Where it stands.</param>
/// <param name="File">The file that a <c>#r</c> or <c>#load</c> line names; else null.</param>
internal sealed record DirectiveLine(string Text, TextSpan Span, string? File)
{
    /// <summary>The line's first word: <c>#r</c>, <c>#!time</c>.</summary>
    public string Name => Text.StartsWith("#!", StringComparison.Ordinal)
        ? Text.Split((char[]?)null, 2)[0]
        : new string([.. Text.TakeWhile(character => character == '#' || char.IsLetter(character))]);

    /// <summary>What follows the first word.</summary>
    public string Argument => Text[Name.Length..].Trim();
}

/// <summary>
/// Finds those lines with the compiler's lexer, so that strings and comments are never mistaken for one.
/// </summary>
internal static class DirectiveLines
{
    /// <summary>The lines of the engine in code, in order; also those that the engine will refuse.</summary>
    public static IReadOnlyList<DirectiveLine> Find(string code)
    {
        if (!code.Contains('#'))
            return [];
        var tree = SubmissionChain.Parse(code, "");
        var found = new List<DirectiveLine>();
        for (var directive = tree.GetRoot().GetFirstDirective(each => each.IsActive);
             directive is not null;
             directive = directive.GetNextDirective(each => each.IsActive))
        {
            // The span of one that Roslyn does not know may end early: the line is what counts.
            var end = tree.GetText().Lines.GetLineFromPosition(directive.SpanStart).End;
            var span = TextSpan.FromBounds(directive.SpanStart, end);
            var text = code[span.Start..span.End].Trim();
            var line = directive switch
            {
                ReferenceDirectiveTriviaSyntax reference => new DirectiveLine(text, span, reference.File.ValueText),
                LoadDirectiveTriviaSyntax load => new DirectiveLine(text, span, load.File.ValueText),
                ShebangDirectiveTriviaSyntax => new DirectiveLine(text, span, null),
                BadDirectiveTriviaSyntax when text.StartsWith("#!", StringComparison.Ordinal) => new DirectiveLine(text, span, null),
                BadDirectiveTriviaSyntax when new DirectiveLine(text, span, null).Name == "#i" => new DirectiveLine(text, span, null),
                _ => null,
            };
            if (line is not null)
                found.Add(line);
        }

        return found;
    }

    /// <summary>The code with those lines blanked, so that every position stays; not those of <c>#load</c>, which the compiler obeys.</summary>
    public static string Blank(string code, IReadOnlyList<DirectiveLine> lines)
    {
        if (lines.Count == 0)
            return code;
        var blanked = new StringBuilder(code);
        foreach (var line in lines.Where(line => line.Name != "#load"))
        {
            for (var i = line.Span.Start; i < line.Span.End; i++)
                blanked[i] = ' ';
        }

        return blanked.ToString();
    }

    /// <summary>
    /// Where code must be cut so that lines which act in place do so after the code above them: positions at which a line begins.
    /// </summary>
    public static IReadOnlyList<int> Cuts(string code)
    {
        if (!code.Contains("#!", StringComparison.Ordinal))
            return [];
        var lines = Find(code).Where(line => Directive.ActsInPlace(line.Name)).ToList();
        if (lines.Count == 0)
            return [];
        var tree = SubmissionChain.Parse(code, "");
        var members = ((CompilationUnitSyntax)tree.GetRoot()).Members;
        var cuts = new List<int>();
        foreach (var line in lines)
        {
            // One within a statement or a declaration acts before it.
            var around = members.FirstOrDefault(member => member.SpanStart < line.Span.Start && line.Span.Start < member.Span.End);
            var cut = tree.GetText().Lines.GetLineFromPosition(around?.SpanStart ?? line.Span.Start).Start;
            var begin = cuts.Count > 0 ? cuts[^1] : 0;
            if (members.Any(member => member.SpanStart >= begin && member.Span.End <= cut))
                cuts.Add(cut);
        }

        return cuts;
    }
}

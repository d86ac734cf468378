using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Completion;
using Microsoft.CodeAnalysis.Tags;
using Microsoft.CodeAnalysis.Text;

namespace AdwUNet.Kernel.Language;

/// <summary>What C# may stand at a position, by Roslyn's completion.</summary>
internal static class CodeCompletion
{
    /// <summary>
    /// The code to complete. If the cursor is at the end of its line and the next line begins with a name, the two lines are separated. Otherwise
    /// <c>text.Subs</c> above <c>Console.WriteLine();</c> would be the type of what the next line declares.
    /// </summary>
    public static string CutAtLine(string code, int cursor)
    {
        var end = cursor;
        while (end < code.Length && IsOfWord(code[end]))
            end++;
        var next = end;
        while (next < code.Length && char.IsWhiteSpace(code[next]))
            next++;
        var isLastOfLine = code.AsSpan(end, next - end).Contains('\n');
        return isLastOfLine && next < code.Length && (IsOfWord(code[next]) || code[next] == '@') ? code.Insert(end, ";") : code;
    }

    /// <summary>The largest number of matches for which signatures are included; in longer lists they are not useful.</summary>
    private const int MostSignatures = 40;

    public static async Task<Completion> CompleteAsync(Document document, int cursor, CancellationToken cancellationToken)
    {
        var service = CompletionService.GetService(document)!;
        var list = await service.GetCompletionsAsync(document, cursor, cancellationToken: cancellationToken).ConfigureAwait(false);
        var text = await document.GetTextAsync(cancellationToken).ConfigureAwait(false);
        var end = cursor;
        while (end < text.Length && IsOfWord(text[end]))
            end++;
        var typed = text.ToString(TextSpan.FromBounds(Math.Min(list.Span.Start, cursor), cursor));
        // Those that would change more than the word are an editor's matter.
        var offered = list.ItemsList.Where(item => !item.IsComplexTextEdit).ToList();
        var fitting = Fitting(offered, typed);
        var matches = new List<CompletionMatch>();
        foreach (var item in fitting.DistinctBy(TextOf))
        {
            var signature = fitting.Count <= MostSignatures
                ? await SignatureAsync(service, document, item, cancellationToken).ConfigureAwait(false) : "";
            matches.Add(new CompletionMatch(TextOf(item), KindOf(item), signature));
        }

        return matches.Count == 0 ? Completion.None(cursor) : new Completion(list.Span.Start, Math.Max(end, list.Span.End), matches);
    }

    /// <summary>What begins with what was typed; where nothing does, names whose capitals do (<c>WL</c> for <c>WriteLine</c>).</summary>
    private static List<CompletionItem> Fitting(IReadOnlyList<CompletionItem> offered, string typed)
    {
        var beginning = offered.Where(item => TextOf(item).StartsWith(typed, StringComparison.OrdinalIgnoreCase))
            .OrderByDescending(item => TextOf(item).StartsWith(typed, StringComparison.Ordinal)).ThenBy(item => item).ToList();
        if (beginning.Count > 0 || typed.Length < 2 || !typed.All(char.IsUpper))
            return beginning;
        return [.. offered.Where(item => string.Concat(TextOf(item).Where(char.IsUpper)).StartsWith(typed, StringComparison.Ordinal)).Order()];
    }

    private static string TextOf(CompletionItem item) =>
        item.Properties.TryGetValue("InsertionText", out var text) ? text : item.DisplayText;

    private static async Task<string> SignatureAsync(
        CompletionService service, Document document, CompletionItem item, CancellationToken cancellationToken)
    {
        if (item.Tags.Contains(WellKnownTags.Keyword))
            return "";
        var description = await service.GetDescriptionAsync(document, item, cancellationToken).ConfigureAwait(false);
        return Signature.Clean(description?.Text.Split('\n')[0] ?? "");
    }

    private static string KindOf(CompletionItem item)
    {
        foreach (var tag in item.Tags)
        {
            var kind = tag switch
            {
                WellKnownTags.Method or WellKnownTags.ExtensionMethod => "function",
                WellKnownTags.Namespace => "module",
                WellKnownTags.Structure => "struct",
                WellKnownTags.Field or WellKnownTags.Local or WellKnownTags.Parameter or WellKnownTags.RangeVariable => "variable",
                WellKnownTags.Class or WellKnownTags.Interface or WellKnownTags.Enum or WellKnownTags.Delegate or WellKnownTags.Property
                    or WellKnownTags.Event or WellKnownTags.Constant or WellKnownTags.EnumMember or WellKnownTags.Keyword
                    or WellKnownTags.TypeParameter or WellKnownTags.Label or WellKnownTags.Operator or WellKnownTags.Snippet => tag.ToLowerInvariant(),
                _ => null,
            };
            if (kind is not null)
                return kind;
        }

        return "text";
    }

    private static bool IsOfWord(char character) => char.IsLetterOrDigit(character) || character == '_';
}

namespace AdwUNet.Kernel.Execution;

/// <summary>A part of a cell in one language.</summary>
/// <param name="Language">The language.</param>
/// <param name="Text">The text; for C# with the lines of other parts blank, so that line numbers stay.</param>
/// <param name="Begin">The line that starts it, such as <c>#!value --name x</c>; empty at the beginning of a cell.</param>
internal sealed record CellPart(CellLanguage Language, string Text, string Begin = "")
{
    /// <summary>
    /// Splits a cell at lines such as <c>#!csharp</c> and <c>#!html</c>, and its C# before each line that acts in its place, such as
    /// <c>#!import</c>: the code above that line is run first.
    /// </summary>
    public static IReadOnlyList<CellPart> Split(string code, CellLanguage first)
    {
        code = code.ReplaceLineEndings("\n");
        if (!code.Contains("#!", StringComparison.Ordinal))
            return [new CellPart(first, code)];
        var parts = new List<CellPart>();
        var language = first;
        var lines = code.Split('\n');
        var begin = "";
        var start = 0;
        for (var i = 0; i < lines.Length; i++)
        {
            if (CellLanguages.BegunBy(lines[i]) is not { } next)
                continue;
            Add(start, i);
            (language, start, begin) = (next, i + 1, lines[i].Trim());
        }

        Add(start, lines.Length);
        return parts;

        void Add(int from, int to)
        {
            // The text of a value may come from a file or a URL.
            if (lines[from..to].All(string.IsNullOrWhiteSpace) && (language != CellLanguage.Value || begin.Length == 0))
                return;
            var text = string.Join('\n', lines[from..to]);
            if (language == CellLanguage.CSharp)
                parts.AddRange(Pieces(new string('\n', from) + text));
            else
                parts.Add(new CellPart(language, text, begin));
        }
    }

    private static IEnumerable<CellPart> Pieces(string code)
    {
        var start = 0;
        foreach (var end in (int[])[.. DirectiveLines.Cuts(code), code.Length])
        {
            yield return new CellPart(CellLanguage.CSharp, new string('\n', code.AsSpan(0, start).Count('\n')) + code[start..end]);
            start = end;
        }
    }
}

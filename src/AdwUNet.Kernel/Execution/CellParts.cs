namespace AdwUNet.Kernel.Execution;

/// <summary>The languages that a part of a cell may be written in.</summary>
internal enum CellLanguage
{
    /// <summary>C#, which is run.</summary>
    CSharp,

    /// <summary>HTML, which is shown.</summary>
    Html,

    /// <summary>Markdown, which is shown.</summary>
    Markdown,
}

/// <summary>One part of a cell, all in one language.</summary>
/// <param name="Language">The language.</param>
/// <param name="Text">The text; for C# with the lines of other parts blank, so that line numbers stay.</param>
internal sealed record CellPart(CellLanguage Language, string Text)
{
    /// <summary>Splits a cell at the lines <c>#!csharp</c>, <c>#!html</c> and <c>#!markdown</c>.</summary>
    public static IReadOnlyList<CellPart> Split(string code, CellLanguage first)
    {
        code = code.ReplaceLineEndings("\n");
        if (!code.Contains("#!", StringComparison.Ordinal))
            return [new CellPart(first, code)];
        var parts = new List<CellPart>();
        var language = first;
        var lines = code.Split('\n');
        var start = 0;
        for (var i = 0; i < lines.Length; i++)
        {
            if (LanguageOf(lines[i]) is not { } next)
                continue;
            Add(start, i);
            (language, start) = (next, i + 1);
        }

        Add(start, lines.Length);
        return parts;

        void Add(int from, int to)
        {
            if (lines[from..to].All(string.IsNullOrWhiteSpace))
                return;
            var blank = language == CellLanguage.CSharp ? new string('\n', from) : "";
            parts.Add(new CellPart(language, blank + string.Join('\n', lines[from..to])));
        }
    }

    private static CellLanguage? LanguageOf(string line) => line.Trim() switch
    {
        "#!csharp" or "#!c#" or "#!C#" => CellLanguage.CSharp,
        "#!html" => CellLanguage.Html,
        "#!markdown" => CellLanguage.Markdown,
        _ => null,
    };
}

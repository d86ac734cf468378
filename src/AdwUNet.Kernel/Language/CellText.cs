using AdwUNet.Kernel.Execution;

namespace AdwUNet.Kernel.Language;

/// <summary>A cell's text as the C# services see it: what is not C# is blank, and every position stays.</summary>
/// <param name="CSharp">The C# alone.</param>
/// <param name="Language">What the text at the cursor is written in.</param>
/// <param name="Line">The cursor's line up to the cursor.</param>
internal sealed record CellText(string CSharp, CellLanguage Language, string Line)
{
    public static CellText Of(string code, int cursor)
    {
        var language = CellLanguage.CSharp;
        var atCursor = language;
        var text = code.ToCharArray();
        var start = 0;
        while (start < code.Length)
        {
            var end = code.IndexOf('\n', start);
            end = end < 0 ? code.Length : end + 1;
            var begun = CellLanguages.BegunBy(code[start..end]);
            language = begun ?? language;
            if (start <= cursor)
                atCursor = language;
            if (begun is not null || language != CellLanguage.CSharp)
                Blank(text, start, end);
            start = end;
        }

        var csharp = new string(text);
        var line = code[(cursor == 0 ? 0 : code.LastIndexOf('\n', cursor - 1) + 1)..cursor];
        return new CellText(DirectiveLines.Blank(csharp, DirectiveLines.Find(csharp)), atCursor, line);
    }

    private static void Blank(char[] text, int start, int end)
    {
        for (var i = start; i < end; i++)
        {
            if (text[i] is not ('\n' or '\r'))
                text[i] = ' ';
        }
    }
}

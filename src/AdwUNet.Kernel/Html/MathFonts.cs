namespace AdwUNet.Kernel.Html;

/// <summary>Letters in the fonts of mathematics, which are characters of their own in Unicode.</summary>
internal static class MathFonts
{
    /// <summary>Whether all characters of a text have forms in other fonts.</summary>
    public static bool Covers(string text) => text.All(c => char.IsAsciiLetterOrDigit(c) || c == ' ');

    /// <summary>A text in a font of <see cref="MathSymbols.Fonts"/>.</summary>
    public static string Styled(string text, string font) => string.Concat(text.Select(c => Styled(c, font)));

    private static string Styled(char c, string font)
    {
        // The letters of these alphabets follow each other in Unicode, except those that Unicode had before.
        var upper = font switch { "bold" => 0x1D400, "double" => 0x1D538, "script" => 0x1D49C, "italic" => 0x1D434, _ => 0 };
        if (upper == 0 || !char.IsAsciiLetter(c))
            return c.ToString();
        var exception = (font, c) switch
        {
            ("double", 'C') => "ℂ",
            ("double", 'H') => "ℍ",
            ("double", 'N') => "ℕ",
            ("double", 'P') => "ℙ",
            ("double", 'Q') => "ℚ",
            ("double", 'R') => "ℝ",
            ("double", 'Z') => "ℤ",
            ("script", 'B') => "ℬ",
            ("script", 'E') => "ℰ",
            ("script", 'F') => "ℱ",
            ("script", 'H') => "ℋ",
            ("script", 'I') => "ℐ",
            ("script", 'L') => "ℒ",
            ("script", 'M') => "ℳ",
            ("script", 'R') => "ℛ",
            ("script", 'e' or 'g' or 'o') or ("italic", 'h') => c.ToString(),
            _ => null,
        };
        return exception ?? char.ConvertFromUtf32(upper + (char.IsAsciiLetterUpper(c) ? c - 'A' : 26 + c - 'a'));
    }
}

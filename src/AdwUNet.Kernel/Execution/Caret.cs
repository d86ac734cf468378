using System.Globalization;
using System.Text;

namespace AdwUNet.Kernel.Execution;

/// <summary>A caret that stands below a place in a line of code, as a fixed-width font shows the line.</summary>
internal static class Caret
{
    /// <summary>What to write below a line so that a caret stands under its character of this number.</summary>
    public static string Below(string line, int column)
    {
        var below = new StringBuilder();
        foreach (var character in line.AsSpan(0, Math.Min(column, line.Length)).EnumerateRunes())
        {
            // A tab is as wide as the tab above it.
            if (character.Value == '\t')
                below.Append('\t');
            else
                below.Append(' ', WidthOf(character));
        }

        return below.Append('^').ToString();
    }

    /// <summary>How many columns a character takes (after Unicode's annex 11, the blocks that are wide as a whole).</summary>
    private static int WidthOf(Rune character) => Rune.GetUnicodeCategory(character) switch
    {
        UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format => 0,
        _ => character.Value is (>= 0x1100 and <= 0x115F) or (>= 0x2E80 and <= 0xA4CF) or (>= 0xAC00 and <= 0xD7A3)
            or (>= 0xF900 and <= 0xFAFF) or (>= 0xFE30 and <= 0xFE6F) or (>= 0xFF00 and <= 0xFF60) or (>= 0xFFE0 and <= 0xFFE6)
            or (>= 0x1F300 and <= 0x1F64F) or (>= 0x1F900 and <= 0x1F9FF) or (>= 0x20000 and <= 0x3FFFD) ? 2 : 1,
    };
}

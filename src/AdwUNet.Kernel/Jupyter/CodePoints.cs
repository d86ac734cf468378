namespace AdwUNet.Kernel.Jupyter;

/// <summary>Places in a text: the protocol counts Unicode code points, .NET UTF-16 units.</summary>
internal static class CodePoints
{
    /// <summary>The UTF-16 unit at which a code point begins; places outside of the text count as its ends.</summary>
    public static int ToUtf16(string text, int codePoint)
    {
        var index = 0;
        for (; codePoint > 0 && index < text.Length; codePoint--)
            index += char.IsSurrogatePair(text, index) ? 2 : 1;
        return index;
    }

    /// <summary>How many code points begin before a UTF-16 unit.</summary>
    public static int FromUtf16(string text, int index)
    {
        var count = 0;
        foreach (var rune in text.AsSpan(0, Math.Clamp(index, 0, text.Length)).EnumerateRunes())
        {
            _ = rune;
            count++;
        }

        return count;
    }
}

namespace AdwUNet.Kernel.Html;

/// <summary>Reads the text of a LaTeX formula from left to right.</summary>
internal sealed class LatexReader(string text)
{
    /// <summary>The index of the next character.</summary>
    public int Position { get; private set; }

    /// <summary>Whether the whole text was read.</summary>
    public bool IsAtEnd => Position >= text.Length;

    /// <summary>The next character, which stays the next one.</summary>
    public char Next => text[Position];

    /// <summary>Reads one character.</summary>
    public char Read() => text[Position++];

    /// <summary>Ignores the rest of the text.</summary>
    public void SkipRest() => Position = text.Length;

    public void SkipSpace()
    {
        while (!IsAtEnd && char.IsWhiteSpace(Next))
            Position++;
    }

    /// <summary>Reads a text if it comes next.</summary>
    public bool TrySkip(string next)
    {
        if (string.CompareOrdinal(text, Position, next, 0, next.Length) != 0)
            return false;
        Position += next.Length;
        return true;
    }

    /// <summary>Reads digits, possibly with a decimal point between them.</summary>
    public string ReadNumber()
    {
        var number = new string([.. text.Skip(Position).TakeWhile(c => char.IsAsciiDigit(c) || c == '.')]).TrimEnd('.');
        Position += number.Length;
        return number;
    }

    /// <summary>Reads a backslash and a command's name: letters, or one other character.</summary>
    /// <returns>The name.</returns>
    public string ReadCommand()
    {
        Position++;
        var start = Position;
        while (!IsAtEnd && char.IsAsciiLetter(Next))
            Position++;
        if (Position == start && !IsAtEnd)
            Position++;
        return text[start..Position];
    }

    /// <summary>Reads an argument as text: the content of a group, a command, or one character.</summary>
    public string ReadArgument()
    {
        if (TrySkip("*"))
            SkipSpace();
        SkipSpace();
        if (IsAtEnd)
            return "";
        if (Next == '\\')
            return "\\" + ReadCommand();
        if (Next != '{')
            return Read().ToString();
        var depth = 0;
        var start = Position + 1;
        while (!IsAtEnd)
        {
            var c = Read();
            depth += c == '{' ? 1 : c == '}' ? -1 : 0;
            if (depth == 0)
                return text[start..(Position - 1)];
        }

        return text[start..];
    }
}

using System.Net;
using System.Text;

namespace AdwUNet.Kernel.Html;

/// <summary>
/// Converts LaTeX formulas to MathML, which browsers render without a script or a network. It covers the commands that notebooks mostly use; an
/// unknown command appears as its name.
/// </summary>
internal sealed class MathMarkup
{
    private const int DeepestNesting = 100;

    private readonly string _text;
    private readonly bool _isBlock;
    private int _position;
    private int _depth;

    private MathMarkup(string text, bool isBlock)
    {
        _text = text;
        _isBlock = isBlock;
    }

    /// <summary>A formula as a <c>math</c> element.</summary>
    public static string FromLatex(string latex, bool isBlock)
    {
        var parser = new MathMarkup(latex.Trim(), isBlock);
        var content = parser.Rows(end: null);
        var title = WebUtility.HtmlEncode(latex.Trim());
        return isBlock
            ? $"<span class=\"formula\"><math display=\"block\" title=\"{title}\"><mrow>{content}</mrow></math></span>"
            : $"<math title=\"{title}\"><mrow>{content}</mrow></math>";
    }

    /// <summary>Everything up to an end mark; several rows become a table.</summary>
    private string Rows(string? end)
    {
        var rows = new List<List<string>> { new() { "" } };
        while (_position < _text.Length)
        {
            if (end is not null && TrySkip(end))
                break;
            if (TrySkip("\\\\"))
                rows.Add([""]);
            else if (TrySkip("&"))
                rows[^1].Add("");
            else
                rows[^1][^1] += Scripted();
        }

        if (rows is [[var only]])
            return only;
        return "<mtable>" + string.Concat(rows.Where(row => row.Exists(cell => cell.Length > 0)).Select(row =>
            "<mtr>" + string.Concat(row.Select(cell => $"<mtd>{cell}</mtd>")) + "</mtr>")) + "</mtable>";
    }

    /// <summary>One item with what is set below and above it.</summary>
    private string Scripted()
    {
        var start = _position;
        var item = Item();
        var below = "";
        var above = "";
        while (true)
        {
            SkipSpace();
            if (below.Length == 0 && TrySkip("_"))
                below = Argument();
            else if (above.Length == 0 && TrySkip("^"))
                above = Argument();
            else if (above.Length == 0 && TrySkip("'"))
                above = "<mo>′</mo>";
            else
                break;
        }

        if (_position == start)
            _position++;
        if (below.Length == 0 && above.Length == 0)
            return item;
        if (item.Length == 0)
            item = "<mrow></mrow>";
        var limits = _isBlock && item.Contains("movablelimits", StringComparison.Ordinal);
        return (below.Length > 0, above.Length > 0) switch
        {
            (true, true) => limits ? $"<munderover>{item}{below}{above}</munderover>" : $"<msubsup>{item}{below}{above}</msubsup>",
            (true, false) => limits ? $"<munder>{item}{below}</munder>" : $"<msub>{item}{below}</msub>",
            _ => limits ? $"<mover>{item}{above}</mover>" : $"<msup>{item}{above}</msup>",
        };
    }

    private string Item()
    {
        SkipSpace();
        if (_position >= _text.Length)
            return "";
        var c = _text[_position];
        switch (c)
        {
            case '{':
                return Group();
            case '\\':
                return Command();
            case '_' or '^' or '}' or '&' or '\'':
                // A script with nothing before it, or a closing brace too many.
                if (c == '}')
                    _position++;
                return "";
            case >= '0' and <= '9':
                var number = new string([.. _text.Skip(_position).TakeWhile(d => char.IsAsciiDigit(d) || d == '.')]).TrimEnd('.');
                _position += number.Length;
                return $"<mn>{number}</mn>";
        }

        _position++;
        if (char.IsLetter(c))
            return $"<mi>{WebUtility.HtmlEncode(c.ToString())}</mi>";
        return Operator(c == '-' ? "−" : c == '*' ? "∗" : c.ToString());
    }

    private string Group()
    {
        _position++;
        if (++_depth > DeepestNesting)
            _position = _text.Length;
        var content = Rows("}");
        _depth--;
        return $"<mrow>{content}</mrow>";
    }

    /// <summary>What a command or script applies to: a group, or a single item.</summary>
    private string Argument()
    {
        SkipSpace();
        if (_position < _text.Length && char.IsAsciiDigit(_text[_position]))
            return $"<mn>{_text[_position++]}</mn>";
        var item = Item();
        return item.Length > 0 ? item : "<mrow></mrow>";
    }

    private string Command()
    {
        var name = CommandName();
        if (MathSymbols.Letters.TryGetValue(name, out var letter))
            return $"<mi>{letter}</mi>";
        if (MathSymbols.Operators.TryGetValue(name, out var sign))
            return Operator(sign);
        if (MathSymbols.Large.TryGetValue(name, out var large))
            return $"<mo movablelimits=\"true\">{large}</mo>";
        if (MathSymbols.Functions.TryGetValue(name, out var hasLimits))
            return hasLimits ? $"<mo movablelimits=\"true\">{name}</mo>" : $"<mi>{name}</mi>";
        if (MathSymbols.Spaces.TryGetValue(name, out var width))
            return $"<mspace width=\"{width}\"></mspace>";
        if (MathSymbols.Accents.TryGetValue(name, out var accent))
            return $"<mover accent=\"true\">{Argument()}<mo>{accent}</mo></mover>";
        if (MathSymbols.Fonts.TryGetValue(name, out var font))
            return InFont(RawArgument(), font);
        return name switch
        {
            "frac" or "tfrac" or "dfrac" => $"<mfrac>{Argument()}{Argument()}</mfrac>",
            "binom" => $"<mrow><mo>(</mo><mfrac linethickness=\"0\">{Argument()}{Argument()}</mfrac><mo>)</mo></mrow>",
            "sqrt" => $"<msqrt>{Argument()}</msqrt>",
            "text" or "textrm" or "textit" or "textbf" or "mbox" or "texttt" => $"<mtext>{WebUtility.HtmlEncode(RawArgument())}</mtext>",
            "left" or "right" or "big" or "Big" or "bigl" or "bigr" or "Bigl" or "Bigr" or "middle" => Delimiter(),
            "begin" => Environment(RawArgument()),
            "displaystyle" or "textstyle" or "limits" or "nolimits" or "nonumber" or "" => "",
            " " => "<mspace width=\"0.33em\"></mspace>",
            _ => $"<mi>{WebUtility.HtmlEncode(name)}</mi>",
        };
    }

    private string CommandName()
    {
        _position++;
        var start = _position;
        while (_position < _text.Length && char.IsAsciiLetter(_text[_position]))
            _position++;
        if (_position == start && _position < _text.Length)
            _position++;
        return _text[start.._position];
    }

    private string Delimiter()
    {
        SkipSpace();
        if (TrySkip("."))
            return "";
        return Item() is { Length: > 0 } item ? item.Replace("<mo stretchy=\"false\">", "<mo stretchy=\"true\">", StringComparison.Ordinal) : "";
    }

    private string Environment(string name)
    {
        if (name == "array")
            RawArgument();
        var content = Rows($"\\end{{{name}}}");
        var (open, close) = name switch
        {
            "cases" => ("{", ""),
            "pmatrix" => ("(", ")"),
            "bmatrix" => ("[", "]"),
            "vmatrix" => ("|", "|"),
            _ => ("", ""),
        };
        return "<mrow>" + (open.Length > 0 ? $"<mo>{open}</mo>" : "") + content + (close.Length > 0 ? $"<mo>{close}</mo>" : "") + "</mrow>";
    }

    /// <summary>The text of a group as it stands, or one character.</summary>
    private string RawArgument()
    {
        if (TrySkip("*"))
            SkipSpace();
        SkipSpace();
        if (_position >= _text.Length)
            return "";
        if (_text[_position] == '\\')
            return "\\" + CommandName();
        if (_text[_position] != '{')
            return _text[_position++].ToString();
        var depth = 0;
        var start = _position + 1;
        while (_position < _text.Length)
        {
            var c = _text[_position++];
            depth += c == '{' ? 1 : c == '}' ? -1 : 0;
            if (depth == 0)
                return _text[start..(_position - 1)];
        }

        return _text[start..];
    }

    private string InFont(string raw, string font)
    {
        // Only plain letters have other fonts; anything else is set as it is.
        if (!raw.All(c => char.IsAsciiLetterOrDigit(c) || c == ' '))
            return $"<mrow>{new MathMarkup(raw, _isBlock) { _depth = _depth + 1 }.Rows(null)}</mrow>";
        var text = new StringBuilder();
        foreach (var c in raw)
            text.Append(Styled(c, font));
        return $"<mi mathvariant=\"normal\">{text}</mi>";
    }

    private static string Styled(char c, string font)
    {
        // The letters of these alphabets follow each other in Unicode, but for some that were there before.
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

    private static string Operator(string sign) => sign is "(" or ")" or "[" or "]" or "{" or "}" or "|" or "‖"
        ? $"<mo stretchy=\"false\">{sign}</mo>"
        : $"<mo>{WebUtility.HtmlEncode(sign)}</mo>";

    private void SkipSpace()
    {
        while (_position < _text.Length && char.IsWhiteSpace(_text[_position]))
            _position++;
    }

    private bool TrySkip(string text)
    {
        if (string.CompareOrdinal(_text, _position, text, 0, text.Length) != 0)
            return false;
        _position += text.Length;
        return true;
    }
}

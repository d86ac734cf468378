using System.Net;

namespace AdwUNet.Kernel.Html;

/// <summary>
/// Converts LaTeX formulas to MathML, which browsers render without a script or a network. It covers the commands that notebooks mostly use; an
/// unknown command appears as its name.
/// </summary>
internal sealed class MathMarkup
{
    private const int DeepestNesting = 100;

    private readonly LatexReader _text;
    private readonly bool _isBlock;
    private int _depth;

    private MathMarkup(string text, bool isBlock, int depth = 0)
    {
        _text = new LatexReader(text);
        _isBlock = isBlock;
        _depth = depth;
    }

    /// <summary>A formula as a <c>math</c> element.</summary>
    /// <param name="latex">The formula, without dollar signs.</param>
    /// <param name="isBlock">Whether the formula is displayed in a paragraph of its own.</param>
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
        while (!_text.IsAtEnd)
        {
            if (end is not null && _text.TrySkip(end))
                break;
            if (_text.TrySkip("\\\\"))
                rows.Add([""]);
            else if (_text.TrySkip("&"))
                rows[^1].Add("");
            else
                rows[^1][^1] += Scripted();
        }

        if (rows is [[var only]])
            return only;
        return "<mtable>" + string.Concat(rows.Where(row => row.Exists(cell => cell.Length > 0)).Select(row =>
            "<mtr>" + string.Concat(row.Select(cell => $"<mtd>{cell}</mtd>")) + "</mtr>")) + "</mtable>";
    }

    /// <summary>One item with its subscript and superscript.</summary>
    private string Scripted()
    {
        var start = _text.Position;
        var item = Item();
        var below = "";
        var above = "";
        while (true)
        {
            _text.SkipSpace();
            if (below.Length == 0 && _text.TrySkip("_"))
                below = Argument();
            else if (above.Length == 0 && _text.TrySkip("^"))
                above = Argument();
            else if (above.Length == 0 && _text.TrySkip("'"))
                above = "<mo>′</mo>";
            else
                break;
        }

        if (_text.Position == start)
            _text.Read();
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
        _text.SkipSpace();
        if (_text.IsAtEnd)
            return "";
        switch (_text.Next)
        {
            case '{':
                return Group();
            case '\\':
                return Command();
            case '}':
                // A closing brace too many.
                _text.Read();
                return "";
            case '_' or '^' or '&' or '\'':
                // A script with nothing before it.
                return "";
            case >= '0' and <= '9':
                return $"<mn>{_text.ReadNumber()}</mn>";
        }

        var c = _text.Read();
        if (char.IsLetter(c))
            return $"<mi>{WebUtility.HtmlEncode(c.ToString())}</mi>";
        return MathSymbols.Operator(c == '-' ? "−" : c == '*' ? "∗" : c.ToString());
    }

    private string Group()
    {
        _text.Read();
        if (++_depth > DeepestNesting)
            _text.SkipRest();
        var content = Rows("}");
        _depth--;
        return $"<mrow>{content}</mrow>";
    }

    /// <summary>The argument of a command or script: a group, or a single item.</summary>
    private string Argument()
    {
        _text.SkipSpace();
        if (!_text.IsAtEnd && char.IsAsciiDigit(_text.Next))
            return $"<mn>{_text.Read()}</mn>";
        var item = Item();
        return item.Length > 0 ? item : "<mrow></mrow>";
    }

    private string Command()
    {
        var name = _text.ReadCommand();
        if (MathSymbols.Element(name) is { } symbol)
            return symbol;
        if (MathSymbols.Accents.TryGetValue(name, out var accent))
            return $"<mover accent=\"true\">{Argument()}<mo>{accent}</mo></mover>";
        if (MathSymbols.Fonts.TryGetValue(name, out var font))
            return InFont(_text.ReadArgument(), font);
        return name switch
        {
            "frac" or "tfrac" or "dfrac" => $"<mfrac>{Argument()}{Argument()}</mfrac>",
            "binom" => $"<mrow><mo>(</mo><mfrac linethickness=\"0\">{Argument()}{Argument()}</mfrac><mo>)</mo></mrow>",
            "sqrt" => $"<msqrt>{Argument()}</msqrt>",
            "text" or "textrm" or "textit" or "textbf" or "mbox" or "texttt" => $"<mtext>{WebUtility.HtmlEncode(_text.ReadArgument())}</mtext>",
            "left" or "right" or "big" or "Big" or "bigl" or "bigr" or "Bigl" or "Bigr" or "middle" => Delimiter(),
            "begin" => Environment(_text.ReadArgument()),
            "displaystyle" or "textstyle" or "limits" or "nolimits" or "nonumber" or "" => "",
            _ => $"<mi>{WebUtility.HtmlEncode(name)}</mi>",
        };
    }

    private string Delimiter()
    {
        _text.SkipSpace();
        return _text.TrySkip(".") ? "" : MathSymbols.Stretched(Item());
    }

    private string Environment(string name)
    {
        if (name == "array")
            _text.ReadArgument();
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

    private string InFont(string text, string font) => MathFonts.Covers(text)
        ? $"<mi mathvariant=\"normal\">{MathFonts.Styled(text, font)}</mi>"
        : $"<mrow>{new MathMarkup(text, _isBlock, _depth + 1).Rows(end: null)}</mrow>";
}

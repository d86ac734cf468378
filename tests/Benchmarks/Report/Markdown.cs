using System.Text;

namespace AdwUNet.Benchmarks.Report;

/// <summary>A report in Markdown whose tables are also readable in a terminal.</summary>
internal sealed class Markdown
{
    private readonly StringBuilder _text = new();

    public Markdown Heading(int level, string text) => Line($"{new string('#', level)} {text}").Line();

    public Markdown Paragraph(string text) => Line(text).Line();

    public Markdown List(IEnumerable<string> items)
    {
        foreach (var item in items)
        {
            Line($"- {item}");
        }

        return Line();
    }

    public Markdown Table(IReadOnlyList<string> head, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        var widths = head.Select((cell, column) => Math.Max(3, rows.Select(row => row[column].Length).Append(cell.Length).Max())).ToArray();
        Cells(head);
        Line($"|{string.Concat(widths.Select(width => new string('-', width + 2) + "|"))}");
        foreach (var row in rows)
        {
            Cells(row);
        }

        return Line();

        void Cells(IReadOnlyList<string> cells) => Line($"| {string.Join(" | ", cells.Select((cell, column) => cell.PadRight(widths[column])))} |");
    }

    public override string ToString() => _text.ToString().TrimEnd() + "\n";

    private Markdown Line(string text = "")
    {
        _text.Append(text).Append('\n');
        return this;
    }
}

using System.Globalization;
using AdwUNet.Datasets;

namespace AdwUNet.Tests.Golden;

/// <summary>The README's short form of <c>PARITY.md</c>: of each quantity the golden file in which it comes nearest to its tolerance.</summary>
internal static class ParitySummary
{
    private const string Start = "<!-- parity -->";
    private const string End = "<!-- /parity -->";

    /// <summary>The README's file.</summary>
    public static string Readme { get; } = Path.Combine(GoldenFiles.Root, "README.md");

    /// <summary>The README's text with the summary of these rows between its marks.</summary>
    /// <param name="text">The README.</param>
    /// <param name="rows">Rows of PARITY.md.</param>
    public static string Into(string text, IEnumerable<string> rows)
    {
        var (start, end) = (text.IndexOf(Start, StringComparison.Ordinal), text.IndexOf(End, StringComparison.Ordinal));
        return $"{text[..start]}{Start}\n{string.Join('\n', Lines(rows))}\n{text[end..]}";
    }

    private static IEnumerable<string> Lines(IEnumerable<string> rows)
    {
        var quantities = rows
            .Select(row => row.Trim('|').Split('|', StringSplitOptions.TrimEntries))
            .Select(cells => (File: cells[0], Name: cells[1], Measure: cells[2], Difference: cells[3], Tolerance: cells[4]))
            .GroupBy(row => row.Name)
            .Select(group => group.MaxBy(row => Number(row.Difference) / Math.Max(Number(row.Tolerance), double.Epsilon)))
            .ToList();
        yield return "| Quantity | Difference is | Largest difference | Tolerance | Nearest in |";
        yield return "|---|---|---|---|---|";
        foreach (var (file, name, measure, difference, tolerance) in quantities.Where(q => Number(q.Tolerance) > 0).OrderBy(q => q.Name, StringComparer.Ordinal))
        {
            yield return $"| {name} | {measure} | {difference} | {tolerance} | {file} |";
        }

        var equal = quantities.Where(q => Number(q.Tolerance) == 0).Select(q => q.Name).Order(StringComparer.Ordinal);
        yield return string.Empty;
        yield return $"Equal to the last digit: {string.Join(", ", equal)}.";
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}

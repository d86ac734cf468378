using System.Collections;
using System.Globalization;
using System.Text;
using AdwUNet.Evaluation;
using AdwUNet.Planning;
using AdwUNet.Prediction;

namespace AdwUNet.Interactive;

/// <summary>Small tables as HTML and text.</summary>
public static partial class Tables
{
    private const string CellStyle = "padding:.2em .9em .2em 0;text-align:left;vertical-align:top;border-bottom:1px solid rgba(138,138,138,.3)";

    private const string Spacing = "target spacing";
    private const string MedianShape = "median shape at that spacing";
    private const string Patch = "patch";
    private const string Batch = "batch";
    private const string Poolings = "poolings";
    private const string PoolKernels = "pool kernels";
    private const string ConvKernels = "convolution kernels";
    private const string Normalisation = "normalisation";
    private const string BatchDice = "Dice summed over the batch";
    private const string InPlane = "rotations in-plane only";

    /// <summary>A table of rows; numbers are short and culture-independent, sequences in brackets, null as a dash.</summary>
    /// <param name="columns">The headings.</param>
    /// <param name="rows">Per row one value per column.</param>
    /// <param name="caption">What to see in it; null for none.</param>
    /// <exception cref="ChartException">The number of values in a row differs from the number of columns.</exception>
    public static HtmlFigure Html(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<object?>> rows, string? caption = null)
    {
        var cells = rows.Select(r => r.Select(Cell).ToArray()).ToList();
        for (var i = 0; i < cells.Count; i++)
        {
            if (cells[i].Length != columns.Count)
            {
                throw new ChartException($"Row {i} has {cells[i].Length} values for {columns.Count} columns; give one per column.");
            }
        }

        var html = new StringBuilder($"""<div style="overflow-x:auto"><table style="border-collapse:collapse;font:{Theme.FontSize}px {Theme.FontFamily}"><thead><tr>""");
        foreach (var column in columns)
        {
            html.Append($"""<th scope="col" style="{CellStyle};font-weight:600">{Markup.Escape(column)}</th>""");
        }

        html.Append("</tr></thead><tbody>");
        var scrolls = cells.Any(row => row.Any(InOneLine));
        foreach (var row in cells)
        {
            html.Append("<tr>");
            for (var column = 0; column < row.Length; column++)
            {
                var style = InOneLine(row[column]) || (scrolls && column == 0) ? $"{CellStyle};white-space:nowrap" : CellStyle;
                html.Append($"""<td style="{style}">{Markup.Escape(row[column])}</td>""");
            }

            html.Append("</tr>");
        }

        html.Append("</tbody></table></div>");
        return new HtmlFigure(html.ToString(), Text(columns, cells), caption);

        // An architecture or a command's parameters; the table scrolls, so that there is room for the names of its rows, too.
        static bool InOneLine(string cell) => cell.StartsWith("[[", StringComparison.Ordinal) || cell.StartsWith("-p ", StringComparison.Ordinal);
    }

    /// <summary>A table of names and values.</summary>
    /// <param name="caption">What to see in it; null for none.</param>
    /// <param name="rows">Name and value of each row.</param>
    public static HtmlFigure Html(string? caption, params (string Name, object? Value)[] rows) =>
        Html(["", "value"], rows.Select(r => (IReadOnlyList<object?>)[r.Name, r.Value]), caption);

    /// <summary>A table with one row per record and one column per public property, in the order of declaration.</summary>
    /// <typeparam name="T">The record type.</typeparam>
    /// <param name="records">The rows.</param>
    /// <param name="caption">What to see in it; null for none.</param>
    public static HtmlFigure Of<T>(IEnumerable<T> records, string? caption = null)
    {
        var properties = typeof(T).GetProperties().Where(p => p.GetMethod is { IsStatic: false } && p.GetIndexParameters().Length == 0).ToList();
        return Html(properties.Select(p => Words(p.Name)).ToList(), records.Select(r => (IReadOnlyList<object?>)properties.Select(p => p.GetValue(r)).ToList()), caption);
    }

    /// <summary>A plan as a table; axis order (z, y, x).</summary>
    /// <param name="plan">The plan.</param>
    public static HtmlFigure Plan(Plan plan)
    {
        return Html($"The plan of {plan.Dataset}. Axes are (z, y, x).", [.. PlanRows(plan)]);
    }

    /// <summary>A plan as a table with the reason for each value.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="fingerprint">What it was made from.</param>
    /// <param name="options">What it was made with; nnU-Net v1's settings if left out.</param>
    public static HtmlFigure Plan(Plan plan, Fingerprint fingerprint, PlannerOptions? options = null)
    {
        var why = new PlanReasons(plan, fingerprint, options ?? new PlannerOptions());
        var reasons = new Dictionary<string, string>
        {
            [Spacing] = why.Spacing,
            [MedianShape] = PlanReasons.MedianShape,
            [Patch] = why.Patch,
            [Batch] = why.Batch,
            [Poolings] = why.Poolings,
            [PoolKernels] = why.PoolKernels,
            [ConvKernels] = why.ConvKernels,
            [Normalisation] = why.Normalization,
            [BatchDice] = why.BatchDice,
            [InPlane] = why.InPlane,
        };
        var rows = PlanRows(plan).Where(row => reasons.ContainsKey(row.Name)).Select(row => (IReadOnlyList<object?>)[row.Name, row.Value, reasons[row.Name]]);
        return Html(["", "value", "why"], rows, $"The plan of {plan.Dataset}, made by nnU-Net's rules. Axes are (z, y, x).");
    }

    /// <summary>An evaluation as a table with one row per class: mean ± standard deviation, and the number of cases that the means exclude.</summary>
    /// <param name="report">The evaluation.</param>
    public static HtmlFigure Evaluation(EvaluationReport report) => Html(
        ["class", "Dice", "cases", "95 % Hausdorff distance (mm)", "cases", "missed", "falsely found", "absent"],
        report.Classes.Select(c => (IReadOnlyList<object?>)
        [
            c.Class, Spread(c.Dice, "0.0000"), c.Dice.Count, Spread(c.HausdorffDistance95, "0.00"), c.HausdorffDistance95.Count,
            c.Missed, c.FalselyFound, c.Neither,
        ]),
        string.Create(CultureInfo.InvariantCulture, $"{Summaries.Count(report.Cases.Count, "case")}; mean Dice of the classes {report.MeanDice:0.0000}. "
            + $"A missed or falsely found class counts as Dice 0. Absent: neither reference nor prediction has the class."));

    private static IReadOnlyList<(string Name, object? Value)> PlanRows(Plan plan) =>
    [
        ("dataset", plan.Dataset),
        ("modalities", string.Join(", ", plan.Modalities)),
        ("classes", string.Join(", ", plan.Classes.Select((c, i) => $"{i} {c}"))),
        .. plan.HasRegions
            ? new[] { ("regions", (object?)string.Join(", ", plan.Labels!.Regions.Select(region => $"{region.Name} ({string.Join(", ", region.Labels)})"))) }
            : [],
        .. plan.Labels?.IgnoreLabel is { } ignore ? new[] { ("ignored label", (object?)ignore) } : [],
        (Spacing, plan.Spacing),
        (MedianShape, plan.MedianShape),
        (Patch, plan.PatchSize),
        (Batch, plan.BatchSize),
        (Poolings, plan.PoolCount),
        (PoolKernels, plan.PoolKernels),
        (ConvKernels, plan.ConvKernels),
        (Normalisation, string.Join(", ", plan.Normalization.Select(n => n.Scheme))),
        (BatchDice, plan.BatchDice ? "yes" : "no"),
        (InPlane, plan.InPlaneAugmentation ? "yes" : "no"),
    ];

    private static string Fixed(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private static string? Spread(MetricSummary summary, string format)
    {
        var mean = summary.Mean?.ToString(format, CultureInfo.InvariantCulture);
        var spread = summary.StandardDeviation?.ToString(format, CultureInfo.InvariantCulture);
        return spread is null ? mean : $"{mean} ± {spread}";
    }

    private static string Cell(object? value) => value switch
    {
        null => "–",
        string text => text,
        double number => Number(number),
        float number => Number(number),
        bool flag => flag ? "yes" : "no",
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        IEnumerable items => "[" + string.Join(", ", items.Cast<object?>().Select(Cell)) + "]",
        _ => value.ToString() ?? "",
    };

    // Large numbers get fewer decimals.
    private static string Number(double value)
    {
        if (double.IsNaN(value)) return "–";
        var format = Math.Abs(value) switch { >= 1000 => "0", >= 100 => "0.#", >= 10 => "0.##", _ => "0.####" };
        var text = value.ToString(format, CultureInfo.InvariantCulture);
        return text == "-0" ? "0" : text;
    }

    // "ValidationLoss" becomes "validation loss".
    private static string Words(string name)
    {
        var words = new StringBuilder();
        for (var i = 0; i < name.Length; i++)
        {
            if (i > 0 && char.IsUpper(name[i]) && !char.IsUpper(name[i - 1])) words.Append(' ');
            words.Append(char.ToLowerInvariant(name[i]));
        }

        return words.ToString();
    }

    private static string Text(IReadOnlyList<string> columns, IReadOnlyList<string[]> rows)
    {
        var widths = columns.Select((c, i) => rows.Select(r => r[i].Length).Append(c.Length).Max()).ToArray();
        string Line(IReadOnlyList<string> cells) => string.Join("  ", cells.Select((c, i) => c.PadRight(widths[i]))).TrimEnd();
        return string.Join(Environment.NewLine, rows.Select(Line).Prepend(Line(columns)));
    }
}

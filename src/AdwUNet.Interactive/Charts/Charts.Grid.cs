using System.Globalization;
using AdwUNet.Experiments;
using Plotly.NET;

namespace AdwUNet.Interactive;

public static partial class Charts
{
    private const double Giga = 1e9;
    private const int OutcomeRow = 52;
    private const int OutcomeMargins = 110;

    /// <summary>
    /// The difference in Dice of every variant to a baseline, on the same whole scans, with its 95 % interval (bootstrap over scans).
    /// </summary>
    /// <param name="results">The finished runs.</param>
    /// <param name="baseline">The variant to which differences are taken; the first one when null.</param>
    /// <param name="className">One class or region; the mean over all of them when null.</param>
    /// <exception cref="ExperimentException">No run is finished, or there is no such variant or class.</exception>
    public static GenericChart Outcomes(GridResults results, string? baseline = null, string? className = null)
    {
        var summaries = results.Summaries(baseline, className);
        var reference = baseline ?? summaries[0].Variant;
        var shown = summaries.Where(s => s.DiceDifference is not null || s.Variant == reference).ToArray();
        var trace = new Node
        {
            ["type"] = "scatter",
            ["mode"] = "markers",
            ["x"] = shown.Select(s => s.DiceDifference?.Mean ?? 0).ToArray(),
            ["y"] = shown.Select(Label).ToArray(),
            ["error_x"] = new Node
            {
                ["type"] = "data",
                ["symmetric"] = false,
                ["array"] = shown.Select(s => s.DiceDifference is { } d ? d.Upper - d.Mean : 0).ToArray(),
                ["arrayminus"] = shown.Select(s => s.DiceDifference is { } d ? d.Mean - d.Lower : 0).ToArray(),
                ["color"] = Theme.Blue,
                ["thickness"] = 2,
            },
            ["marker"] = new Node
            {
                ["color"] = shown.Select(s => s.DiceDifference is null ? Theme.Grey : Theme.Blue).ToArray(),
                ["symbol"] = shown.Select(s => s.DiceDifference is null ? "line-ns-open" : "circle").ToArray(),
                ["size"] = MarkerSize,
            },
            ["hovertemplate"] = "%{y}: %{x:+.4f}<extra></extra>",
        };
        return Plot.Chart([trace], new Node
        {
            ["height"] = OutcomeMargins + (shown.Length * OutcomeRow),
            ["showlegend"] = false,
            ["xaxis"] = Plot.Axis("difference in Dice", new Node { ["zerolinecolor"] = Theme.Grey }),
            ["yaxis"] = Plot.Axis(null, new Node { ["autorange"] = "reversed", ["type"] = "category", ["showgrid"] = false }),
        }, $"Each point is a variant; the bar is the 95 % interval of its mean difference in Dice{(className is null ? "" : $" of {className}")} to '{reference}' on the "
           + "same whole scans (bootstrap over the scans), which leaves out the spread over the seeds. A bar that crosses 0 does not tell the two apart. The Dice beside a name "
           + "is the mean ± standard deviation over the seeds.");
    }

    /// <summary>The Dice on whole scans of each run against the operations of its network's forward pass, one colour and shape per variant.</summary>
    /// <param name="results">The finished runs.</param>
    /// <exception cref="ChartException">There are none, or none has a Dice.</exception>
    public static GenericChart DiceAgainstFlops(IReadOnlyList<GridResult> results)
    {
        RequireResults(results);
        var series = results.Where(r => r.Dice is not null).GroupBy(r => r.Run.Variant.Name).ToDictionary(
            group => group.Key,
            group => (IReadOnlyList<(double X, double Y)>)[.. group.Select(r => (r.ForwardFlops / Giga, r.Dice!.Value))]);
        return Points(series, "GFLOPs", "Dice").WithCaption(
            "Each point is a run; Dice is the mean over the classes and the whole scans of its fold, GFLOPs "
                + "are those of a forward pass on one patch. Runs of one colour differ only in fold and seed.");
    }

    private static string Label(VariantSummary summary)
    {
        var spread = summary.Dice.StandardDeviation is { } deviation ? deviation.ToString(" ± 0.000", CultureInfo.InvariantCulture) : "";
        return $"{Markup.PlotlyText(summary.Variant)}<br>{summary.Dice.Mean?.ToString("0.000", CultureInfo.InvariantCulture) ?? "–"}{spread}";
    }
}

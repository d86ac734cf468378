using AdwUNet.Experiments;
using Plotly.NET;

namespace AdwUNet.Interactive;

public static partial class Charts
{
    /// <summary>
    /// The Dice of every variant against the operations of its networks, with its 95 % interval, and the Pareto front: a line through the variants that no
    /// other one beats with as few operations.
    /// </summary>
    /// <param name="results">The finished runs, such as those of a budget, of manual scaling and of random draws.</param>
    /// <param name="className">One class or region; the mean over all of them when null.</param>
    /// <exception cref="ExperimentException">No run is finished, or there is no such class.</exception>
    public static GenericChart Pareto(GridResults results, string? className = null)
    {
        var summaries = results.Summaries(className: className).Where(s => s.Dice.Mean is not null).OrderBy(s => s.ForwardFlops).ToArray();
        var front = summaries.Where(s => !summaries.Any(other =>
            other.Dice.Mean >= s.Dice.Mean && other.ForwardFlops <= s.ForwardFlops && (other.Dice.Mean > s.Dice.Mean || other.ForwardFlops < s.ForwardFlops))).ToArray();
        var line = new Node
        {
            ["type"] = "scatter",
            ["mode"] = "lines",
            ["name"] = "Pareto front",
            ["x"] = front.Select(s => s.ForwardFlops / Giga).ToArray(),
            ["y"] = front.Select(s => s.Dice.Mean!.Value).ToArray(),
            ["line"] = new Node { ["color"] = Theme.Grey, ["dash"] = "dot", ["width"] = 2 },
            ["hoverinfo"] = "skip",
        };
        return Plot.Chart([line, .. summaries.Select(Variant)], new Node
        {
            ["xaxis"] = Plot.Axis("GFLOPs"),
            ["yaxis"] = Plot.Axis("Dice"),
            ["showlegend"] = true,
        }, $"Each point is a variant: the mean Dice{(className is null ? "" : $" of {className}")} over whole scans and seeds against the GFLOPs of a forward pass on one patch. The "
           + "bar is the 95 % interval of the mean (bootstrap over the scans). The dotted line joins the variants that no other one beats with as few operations.");
    }

    private static Node Variant(VariantSummary summary, int i) => new()
    {
        ["type"] = "scatter",
        ["mode"] = "markers",
        ["name"] = Markup.PlotlyText(summary.Variant),
        ["x"] = new[] { summary.ForwardFlops / Giga },
        ["y"] = new[] { summary.Dice.Mean!.Value },
        ["error_y"] = new Node
        {
            ["type"] = "data",
            ["symmetric"] = false,
            ["array"] = new[] { summary.DiceInterval is { } above ? above.Upper - above.Mean : 0 },
            ["arrayminus"] = new[] { summary.DiceInterval is { } below ? below.Mean - below.Lower : 0 },
            ["color"] = Theme.Line(i),
            ["thickness"] = 2,
        },
        ["marker"] = new Node { ["color"] = Theme.Line(i), ["size"] = MarkerSize, ["symbol"] = Symbols[i % Symbols.Length] },
        ["hovertemplate"] = "%{x:.3g} GFLOPs: %{y:.3f}",
    };
}

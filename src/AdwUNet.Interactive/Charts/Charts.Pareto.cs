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
    public static GenericChart Pareto(GridResults results, string? className = null) =>
        Pareto([.. Points(results, className).Select(point => new ParetoGroup(point.Variant, [point]))], className);

    /// <summary>The same with one colour for each group of variants, such as all random draws.</summary>
    /// <param name="groups">The finished runs of each group; no variant is in two of them.</param>
    /// <param name="className">One class or region; the mean over all of them when null.</param>
    /// <exception cref="ExperimentException">A group has no finished run, or there is no such class.</exception>
    public static GenericChart Pareto(IReadOnlyDictionary<string, GridResults> groups, string? className = null) =>
        Pareto([.. groups.Select(group => new ParetoGroup(group.Key, Points(group.Value, className)))], className);

    private static GenericChart Pareto(ParetoGroup[] groups, string? className)
    {
        var summaries = groups.SelectMany(group => group.Points).OrderBy(s => s.ForwardFlops).ToArray();
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
        return Plot.Chart([line, .. groups.Select(Trace)], new Node
        {
            ["xaxis"] = Plot.Axis("GFLOPs"),
            ["yaxis"] = Plot.Axis("Dice"),
            ["showlegend"] = true,
        }, $"Each point is a variant: the mean Dice{(className is null ? "" : $" of {className}")} over whole scans and seeds against the GFLOPs of a forward pass on one patch. The "
           + "bar is the 95 % interval of the mean (bootstrap over the scans). The dotted line joins the variants that no other one beats with as few operations.");
    }

    private static VariantSummary[] Points(GridResults results, string? className) =>
        [.. results.Summaries(className: className).Where(s => s.Dice.Mean is not null).OrderBy(s => s.ForwardFlops)];

    private static Node Trace(ParetoGroup group, int i) => new()
    {
        ["type"] = "scatter",
        ["mode"] = "markers",
        ["name"] = Markup.PlotlyText(group.Name),
        ["text"] = group.Points.Select(point => Markup.PlotlyText(point.Variant)).ToArray(),
        ["x"] = group.Points.Select(point => point.ForwardFlops / Giga).ToArray(),
        ["y"] = group.Points.Select(point => point.Dice.Mean!.Value).ToArray(),
        ["error_y"] = new Node
        {
            ["type"] = "data",
            ["symmetric"] = false,
            ["array"] = group.Points.Select(point => point.DiceInterval is { } above ? above.Upper - above.Mean : 0).ToArray(),
            ["arrayminus"] = group.Points.Select(point => point.DiceInterval is { } below ? below.Mean - below.Lower : 0).ToArray(),
            ["color"] = Theme.Line(i),
            ["thickness"] = 2,
        },
        ["marker"] = new Node { ["color"] = Theme.Line(i), ["size"] = MarkerSize, ["symbol"] = Symbols[i % Symbols.Length] },
        ["hovertemplate"] = "%{text}, %{x:.3g} GFLOPs: %{y:.4f}<extra></extra>",
    };

    private sealed record ParetoGroup(string Name, VariantSummary[] Points);
}

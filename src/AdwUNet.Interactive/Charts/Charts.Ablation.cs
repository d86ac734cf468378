using System.Globalization;
using AdwUNet.Experiments;
using Plotly.NET;

namespace AdwUNet.Interactive;

public static partial class Charts
{
    private const double Million = 1e6;
    private const int ChoiceRow = 34;
    private const int ChoiceTop = 45;
    private const int ChoiceMargins = ChoiceTop + 90;

    // Light colours on every page, so that the dark numbers are readable.
    private const string ChoiceLow = "#E3EEF7";
    private const string ChoiceHigh = "#6FB1DF";
    private const string ChoiceText = "#111111";

    /// <summary>The results of an ablation: the Dice of each derived network against its number of weights, one point per run, one colour per variant.</summary>
    /// <param name="results">The finished runs.</param>
    /// <exception cref="ChartException">There are none, or none has a Dice.</exception>
    public static GenericChart Ablation(IReadOnlyList<AblationResult> results)
    {
        RequireResults(results);
        var series = results.Where(r => r.Dice is not null).GroupBy(r => r.Run.Variant.Name).ToDictionary(
            group => group.Key,
            group => (IReadOnlyList<(double X, double Y)>)[.. group.Select(r => (r.Cost.Weights / Million, r.Dice!.Value))]);
        return Points(series, "million weights", "Dice").WithCaption(
            "Each point is one run: a search, then the training of the derived network. The x axis counts the weights of that network. Runs of one colour "
            + "differ only in their seed. A difference between colours means something only if it is larger than the differences within a colour.");
    }

    /// <summary>The depth of every block, one row per run.</summary>
    /// <param name="results">The finished runs.</param>
    /// <exception cref="ChartException">There are none, or their networks have different numbers of poolings.</exception>
    public static GenericChart DerivedDepths(IReadOnlyList<AblationResult> results) => Choices(
        results,
        (result, block) => result.Architecture.Widths[block].Count,
        depth => depth.ToString("0", CultureInfo.InvariantCulture),
        "The number of convolutions of every block.");

    /// <summary>The mean width of every block's convolutions as a share of the largest width that the search could choose, one row per run.</summary>
    /// <param name="results">The finished runs.</param>
    /// <exception cref="ChartException">There are none, or their networks have different numbers of poolings.</exception>
    public static GenericChart DerivedWidths(IReadOnlyList<AblationResult> results) => Choices(
        results,
        (result, block) => result.Architecture.Widths[block].Average() / result.Run.Variant.Space.BlockWidths(result.Architecture.PoolCount)[block],
        share => share.ToString("0.00", CultureInfo.InvariantCulture),
        "The mean width of every block's convolutions, as a share of the largest width that the search could choose.");

    // Rows are runs, columns are blocks; the number stands in the cell.
    private static GenericChart Choices(
        IReadOnlyList<AblationResult> results, Func<AblationResult, int, double> value, Func<double, string> text, string caption)
    {
        RequireResults(results);
        var pools = results[0].Architecture.PoolCount;
        if (results.FirstOrDefault(r => r.Architecture.PoolCount != pools) is { } other)
        {
            throw new ChartException(
                $"The runs have networks of {pools} and of {other.Architecture.PoolCount} poolings; show only runs of one plan in a chart.");
        }

        var blocks = Enumerable.Range(0, results[0].Architecture.Widths.Count).ToArray();
        var values = results.Select(r => blocks.Select(b => value(r, b)).ToArray()).ToArray();
        var trace = new Node
        {
            ["type"] = "heatmap",
            ["x"] = blocks.Select(b => BlockNames.Of(b, pools)).ToArray(),
            ["y"] = results.Select(r => Markup.PlotlyText(r.Run.Name)).ToArray(),
            ["z"] = values,
            ["text"] = values.Select(row => row.Select(text).ToArray()).ToArray(),
            ["texttemplate"] = "%{text}",
            ["hovertemplate"] = "%{y}<br>%{x}: %{text}<extra></extra>",
            ["textfont"] = new Node { ["color"] = ChoiceText },
            ["colorscale"] = new[] { new object[] { 0, ChoiceLow }, [1, ChoiceHigh] },
            ["showscale"] = false,
            ["xgap"] = 2,
            ["ygap"] = 2,
        };
        return Plot.Chart([trace], new Node
        {
            ["height"] = ChoiceMargins + (results.Count * ChoiceRow),
            ["margin"] = new Node { ["l"] = 60, ["r"] = 20, ["t"] = ChoiceTop, ["b"] = 50 }, // the first row below the buttons
            ["showlegend"] = false,
            ["xaxis"] = Plot.Axis(null, new Node { ["showgrid"] = false }),
            ["yaxis"] = Plot.Axis(null, new Node { ["showgrid"] = false, ["autorange"] = "reversed" }),
        }, caption + " Each row is a run, each column a block. Encoder 0 and decoder 0 have the full resolution; the bottleneck is the coarsest block.");
    }

    private static void RequireResults(IReadOnlyList<AblationResult> results)
    {
        if (results.Count == 0) throw new ChartException("No run of the ablation is finished yet; run it first.");
    }
}

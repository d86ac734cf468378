using System.Globalization;
using AdwUNet.Experiments;
using Plotly.NET;

namespace AdwUNet.Interactive;

public static partial class Charts
{
    private const int ChoiceRow = 34;
    private const int ChoiceTop = 45;
    private const int ChoiceNames = 150;
    private const int ChoiceColumn = 28;
    private const int ChoiceMargins = ChoiceTop + 90;

    // Light colours on every page, so that the dark numbers are readable.
    private const string ChoiceLow = "#E3EEF7";
    private const string ChoiceHigh = "#6FB1DF";
    private const string ChoiceText = "#111111";

    /// <summary>The depth of every block, one row per run.</summary>
    /// <param name="results">The finished runs.</param>
    /// <exception cref="ChartException">There are none, or their networks have different numbers of poolings.</exception>
    public static GenericChart DerivedDepths(IReadOnlyList<GridResult> results) => Choices(
        results,
        (result, block) => result.Architecture.Widths[block].Count,
        depth => depth.ToString("0", CultureInfo.InvariantCulture),
        "The number of convolutions of every block.");

    /// <summary>The mean width of every block's convolutions as a share of the largest width that the search could choose, one row per run.</summary>
    /// <param name="results">The finished runs.</param>
    /// <exception cref="ChartException">There are none, or their networks have different numbers of poolings.</exception>
    public static GenericChart DerivedWidths(IReadOnlyList<GridResult> results) => Choices(
        results,
        (result, block) => result.Architecture.Widths[block].Average() / result.Run.Settings.Space.BlockWidths(result.Architecture.PoolCount)[block],
        share => share.ToString("0.00", CultureInfo.InvariantCulture),
        "The mean width of every block's convolutions, as a share of the largest width that the search could choose.");

    // Rows are runs, columns are blocks; the number stands in the cell.
    private static GenericChart Choices(
        IReadOnlyList<GridResult> results, Func<GridResult, int, double> value, Func<double, string> text, string caption)
    {
        var pools = PoolsOf(results);
        var blocks = Enumerable.Range(0, results[0].Architecture.Widths.Count).ToArray();
        var values = results.Select(r => blocks.Select(b => value(r, b)).ToArray()).ToArray();
        return Heat(
            [.. results.Select(r => r.Run.Name)], [.. blocks.Select(b => BlockNames.Of(b, pools))], values, [.. values.Select(row => row.Select(text).ToArray())],
            caption + " Each row is a run, each column a block. Encoder 0 and decoder 0 have the full resolution; the bottleneck is the coarsest block.");
    }

    /// <summary>
    /// The decisions in which the runs differ, one row per run and one column per decision: the depth of a block, or the channels of one of its
    /// convolutions. The caption counts the decisions that are the same in all runs.
    /// </summary>
    /// <param name="results">The finished runs, such as those of one variant with different seeds.</param>
    /// <exception cref="ChartException">There are none, or their networks have different numbers of poolings, or all decisions are the same.</exception>
    public static GenericChart DecisionsThatDiffer(IReadOnlyList<GridResult> results)
    {
        var pools = PoolsOf(results);
        var networks = results.Select(result => result.Architecture.Widths).ToArray();
        var decisions = Enumerable.Range(0, networks[0].Count).SelectMany(block => Decisions(networks, block, BlockNames.Of(block, pools)))
            .Where(decision => decision.Values.OfType<int>().Count() > 1).ToList(); // of two runs or more
        var different = decisions.FindAll(decision => decision.Values.OfType<int>().Distinct().Count() > 1);
        if (different.Count == 0) throw new ChartException($"All {decisions.Count} decisions of the {results.Count} runs are the same; nothing differs.");

        double Shade((string Name, int?[] Values) decision, int run)
        {
            var (least, most) = (decision.Values.Min()!.Value, decision.Values.Max()!.Value);
            return decision.Values[run] is { } value ? (double)(value - least) / (most - least) : 0;
        }

        return Heat(
            [.. results.Select(r => r.Run.Name)],
            [.. different.Select(decision => decision.Name)],
            [.. results.Select((_, run) => different.Select(decision => Shade(decision, run)).ToArray())],
            [.. results.Select((_, run) => different.Select(decision => decision.Values[run]?.ToString(CultureInfo.InvariantCulture) ?? "").ToArray())],
            $"{decisions.Count - different.Count} of {decisions.Count} decisions are the same in all runs. Each row is a run. Each column is a decision in which the runs "
            + "differ: the depth of a block, or the channels of one of its convolutions (empty where the block is shallower). The larger value is darker.");
    }

    private static IEnumerable<(string Name, int?[] Values)> Decisions(IReadOnlyList<IReadOnlyList<int>>[] networks, int block, string name)
    {
        yield return ($"{name}, depth", [.. networks.Select(widths => (int?)widths[block].Count)]);
        for (var convolution = 0; convolution < networks.Max(widths => widths[block].Count); convolution++)
        {
            yield return (
                $"{name}, conv {convolution + 1}",
                [.. networks.Select(widths => convolution < widths[block].Count ? widths[block][convolution] : (int?)null)]);
        }
    }

    private static GenericChart Heat(
        IReadOnlyList<string> rows, IReadOnlyList<string> columns, IReadOnlyList<double[]> shades, IReadOnlyList<string[]> texts, string caption)
    {
        var trace = new Node
        {
            ["type"] = "heatmap",
            ["x"] = columns,
            ["y"] = rows.Select(Markup.PlotlyText).ToArray(),
            ["z"] = shades,
            ["text"] = texts,
            ["texttemplate"] = "%{text}",
            ["hovertemplate"] = "%{y}<br>%{x}: %{text}<extra></extra>",
            ["textfont"] = new Node { ["color"] = ChoiceText },
            ["colorscale"] = new[] { new object[] { 0, ChoiceLow }, [1, ChoiceHigh] },
            ["showscale"] = false,
            ["xgap"] = 2,
            ["ygap"] = 2,
        };
        var layout = new Node
        {
            ["height"] = ChoiceMargins + (rows.Count * ChoiceRow),
            ["margin"] = new Node { ["l"] = 60, ["r"] = 20, ["t"] = ChoiceTop, ["b"] = 50 }, // the first row below the buttons
            ["showlegend"] = false,
            ["meta"] = new Node { [Captions.MinWidthKey] = ChoiceNames + (columns.Count * ChoiceColumn) },
            ["xaxis"] = Plot.Axis(null, new Node { ["showgrid"] = false, ["type"] = "category" }),
            ["yaxis"] = Plot.Axis(null, new Node { ["showgrid"] = false, ["autorange"] = "reversed", ["type"] = "category" }),
        };
        return Plot.Chart([trace], layout, caption);
    }

    private static int PoolsOf(IReadOnlyList<GridResult> results)
    {
        RequireResults(results);
        var pools = results[0].Architecture.PoolCount;
        return results.FirstOrDefault(r => r.Architecture.PoolCount != pools) is { } other
            ? throw new ChartException(
                $"The runs have networks of {pools} and of {other.Architecture.PoolCount} poolings; show only runs of one plan in a chart.")
            : pools;
    }

    private static void RequireResults(IReadOnlyList<GridResult> results)
    {
        if (results.Count == 0) throw new ChartException("No run of the grid is finished yet; run it first.");
    }
}

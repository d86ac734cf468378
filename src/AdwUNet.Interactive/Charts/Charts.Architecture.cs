using System.Globalization;
using AdwUNet.Search;
using Plotly.NET;

namespace AdwUNet.Interactive;

public static partial class Charts
{
    private const string Resolution = "Blocks side by side have the same resolution, the full one at the top.";

    /// <summary>
    /// The share of every width option over the epochs (the softmax of the alphas, without noise): one plot per block, one row per
    /// convolution and width, laid out like the U-Net. A line marks the option with the largest share, in the convolutions that the chosen depth keeps.
    /// </summary>
    /// <param name="epochs">The history, in order; long ones are thinned to 120 columns.</param>
    /// <exception cref="ChartException">There are no epochs, or the search did not adapt widths.</exception>
    public static GenericChart AlphaHeatmap(IReadOnlyList<SearchEpoch> epochs)
    {
        RequireEpochs(epochs, nameof(AlphaHeatmap));
        if (epochs[0].Logits.Blocks.All(b => b.Alphas.Count == 0))
        {
            throw new ChartException("This history has no alphas, because its search adapted only depth; use BetaHeatmap.");
        }

        return ArchitectureHeat.Build(epochs, WidthGroups, "Widths: share of each option over the epochs",
            "Each row is a width in channels. The line marks the width with the largest share. It has a gap where the chosen depth drops the convolution. "
            + Resolution);
    }

    /// <summary>The share of every depth over the epochs (the softmax of the betas, without noise): one plot per block, laid out like the U-Net.</summary>
    /// <param name="epochs">The history, in order; long ones are thinned to 120 columns.</param>
    /// <exception cref="ChartException">There are no epochs, or the search did not adapt depths.</exception>
    public static GenericChart BetaHeatmap(IReadOnlyList<SearchEpoch> epochs)
    {
        RequireEpochs(epochs, nameof(BetaHeatmap));
        if (epochs[0].Logits.Blocks.All(b => b.Betas.Count == 0))
        {
            throw new ChartException("This history has no betas, because its search adapted only width; use AlphaHeatmap.");
        }

        return ArchitectureHeat.Build(epochs, DepthGroups, "Depths: share of each option over the epochs",
            "Each row is a depth in convolutions. The line marks the depth with the largest share. " + Resolution);
    }

    /// <summary>
    /// The entropy of each block's shares over the epochs: 1 if all options have the same share, 0 if one option has all of it. The upper plot shows
    /// widths, the lower one depths, if the search adapted them.
    /// </summary>
    /// <param name="epochs">The history, in order.</param>
    /// <exception cref="ChartException">There are no epochs.</exception>
    public static GenericChart Entropy(IReadOnlyList<SearchEpoch> epochs)
    {
        RequireEpochs(epochs, nameof(Entropy));
        var x = epochs.Select(e => e.Epoch).ToArray();
        var blocks = epochs[0].Logits.Blocks;
        var pools = (blocks.Count - 1) / 2;
        var traces = new List<Node>();
        for (var b = 0; b < blocks.Count; b++)
        {
            var block = b;
            foreach (var (axis, groups) in new[] { ("", WidthGroups(epochs, b)), ("2", DepthGroups(epochs, b)) })
            {
                if (groups.Count == 0) continue;
                var y = x.Select((_, e) => (double?)groups.Average(g => NormalizedEntropy(g.Shares.Select(s => s[e])))).ToArray();
                var line = Plot.Line(BlockNames.Of(block, pools), x, y, Theme.Line(BlockNames.Level(block, pools)), axis, dashed: block > pools);
                line["legendgroup"] = BlockNames.Of(block, pools);
                line["showlegend"] = axis.Length == 0 || blocks[b].Alphas.Count == 0;
                traces.Add(line);
            }
        }

        var layout = TwoPlots("Entropy of the choices", "entropy of widths", "entropy of depths");
        layout["legend"] = new Node { ["orientation"] = "v", ["x"] = 1.02, ["y"] = 1 };
        layout["hovermode"] = "closest";
        foreach (var axis in new[] { "yaxis", "yaxis2" })
        {
            ((Node)layout[axis]!)["range"] = new[] { 0, 1.02 };
        }

        return Plot.Chart(traces, layout,
            "Entropy 1: all options have the same share. Entropy 0: one option has all of it. Each colour is a resolution; encoder lines are solid, decoder lines dashed.");
    }

    private static IReadOnlyList<HeatGroup> WidthGroups(IReadOnlyList<SearchEpoch> epochs, int block)
    {
        var first = epochs[0].Logits.Blocks[block];
        var depths = epochs.Select(e => e.Logits.Blocks[block].Betas).Select(b => b.Count == 0 ? int.MaxValue : ArchitectureHeat.ArgMax(b) + 1).ToArray();
        return Enumerable.Range(0, first.Alphas.Count).Select(c => new HeatGroup(
            $"conv {c + 1}",
            first.WidthOptions[c].Select(w => w.ToString(CultureInfo.InvariantCulture)).ToList(),
            Shares(epochs.Select(e => e.Logits.Blocks[block].Alphas[c])),
            depths.Select(d => c < d).ToArray())).ToList();
    }

    private static IReadOnlyList<HeatGroup> DepthGroups(IReadOnlyList<SearchEpoch> epochs, int block)
    {
        var first = epochs[0].Logits.Blocks[block];
        if (first.Betas.Count == 0) return [];
        return
        [
            new HeatGroup(
                "",
                Enumerable.Range(1, first.Betas.Count).Select(d => d == 1 ? "1 conv" : $"{d} convs").ToList(),
                Shares(epochs.Select(e => e.Logits.Blocks[block].Betas)),
                epochs.Select(_ => true).ToArray()),
        ];
    }

    // Options × epochs, as heat maps have it.
    private static double[][] Shares(IEnumerable<IReadOnlyList<double>> logits)
    {
        var perEpoch = logits.Select(ArchitectureHeat.Softmax).ToList();
        return Enumerable.Range(0, perEpoch[0].Length).Select(o => perEpoch.Select(s => s[o]).ToArray()).ToArray();
    }

    private static double NormalizedEntropy(IEnumerable<double> shares)
    {
        var values = shares.ToList();
        return values.Count < 2 ? 0 : -values.Where(s => s > 0).Sum(s => s * Math.Log(s)) / Math.Log(values.Count);
    }
}

using AdwUNet.Architectures;
using AdwUNet.Search;
using Plotly.NET;

namespace AdwUNet.Interactive;

/// <summary>One group of options of a block (one convolution's widths, or the depths) and their shares over the epochs.</summary>
/// <param name="Title">Such as <c>conv 1</c>.</param>
/// <param name="Options">What each row stands for.</param>
/// <param name="Shares">Per option, per epoch: the softmax of the logits.</param>
/// <param name="Kept">Per epoch: whether the group takes part in the architecture decoded then.</param>
internal sealed record HeatGroup(string Title, IReadOnlyList<string> Options, double[][] Shares, bool[] Kept);

/// <summary>
/// Heat maps of a supernet's choices, one small plot per block, laid out like the U-Net: encoder on the left, decoder on the right,
/// blocks of equal resolution side by side, the bottleneck at the bottom.
/// </summary>
internal static class ArchitectureHeat
{
    // The two columns of maps overlap in a narrower chart.
    private const int MinWidth = 560;

    // With this many columns 13 blocks of 15 rows stay under 200 kB.
    private const int MaxColumns = 120;
    private const int RowPixels = 12;
    private const int TitlePixels = 38;
    private const int TopPixels = 60;
    private const int BottomPixels = 30;
    private const int Digits = 4;

    private static readonly double[] LeftDomain = [0, 0.44];
    private static readonly double[] RightDomain = [0.56, 1];

    public static GenericChart Build(
        IReadOnlyList<SearchEpoch> epochs, Func<IReadOnlyList<SearchEpoch>, int, IReadOnlyList<HeatGroup>> groupsOf, string title, string caption)
    {
        var shown = Thin(epochs, MaxColumns);
        var blocks = shown[0].Logits.Blocks;
        var pools = (blocks.Count - 1) / 2;
        var traces = new List<Node>();
        var notes = new List<Node>();
        var groups = Enumerable.Range(0, blocks.Count).Select(b => groupsOf(shown, b)).ToList();
        var rows = groups.Max(g => g.Sum(h => h.Options.Count) + g.Count - 1);
        var cell = rows * RowPixels + TitlePixels;
        var plotHeight = (pools + 1) * cell;
        var layout = new Node
        {
            ["title"] = title,
            ["height"] = plotHeight + TopPixels + BottomPixels,
            ["margin"] = new Node { ["l"] = 70, ["r"] = 20, ["t"] = TopPixels, ["b"] = BottomPixels },
            ["showlegend"] = false,
            ["meta"] = new Node { [Captions.MinWidthKey] = MinWidth },
        };
        for (var b = 0; b < blocks.Count; b++)
        {
            var level = BlockNames.Level(b, pools);
            var top = 1 - (level * cell + TitlePixels - 16.0) / plotHeight;
            var bottom = top - (double)(rows * RowPixels) / plotHeight;
            var column = b <= pools ? LeftDomain : RightDomain;
            AddBlock(traces, notes, layout, shown, groups[b], b, column, [Math.Max(0, bottom), top], BlockNames.Of(b, pools));
        }

        layout["coloraxis"] = ColorAxis(pools, cell, plotHeight);
        layout["annotations"] = notes;
        return Plot.Chart(traces, layout, caption);
    }

    /// <summary>softmax(logits), numerically safe.</summary>
    public static double[] Softmax(IReadOnlyList<double> logits)
    {
        var max = logits.Max();
        var exp = logits.Select(l => Math.Exp(l - max)).ToArray();
        var sum = exp.Sum();
        return exp.Select(e => e / sum).ToArray();
    }

    /// <summary>The index of the first largest value.</summary>
    public static int ArgMax(IReadOnlyList<double> values)
    {
        var best = 0;
        for (var i = 1; i < values.Count; i++)
        {
            if (values[i] > values[best]) best = i;
        }

        return best;
    }

    /// <summary>Selects at most a given number of epochs, evenly spread, including the first and the last.</summary>
    public static IReadOnlyList<SearchEpoch> Thin(IReadOnlyList<SearchEpoch> epochs, int most) => epochs.Count <= most
        ? epochs
        : Enumerable.Range(0, most).Select(i => epochs[(int)Math.Round(i * (epochs.Count - 1.0) / (most - 1))]).ToList();

    private static void AddBlock(
        List<Node> traces, List<Node> notes, Node layout, IReadOnlyList<SearchEpoch> shown, IReadOnlyList<HeatGroup> groups,
        int block, double[] xDomain, double[] yDomain, string name)
    {
        var suffix = block == 0 ? "" : (block + 1).ToString(System.Globalization.CultureInfo.InvariantCulture);
        var x = shown.Select(e => e.Epoch).ToArray();
        var ticks = new List<int>();
        var tickTexts = new List<string>();
        var z = new List<double?[]>();
        var lines = new List<Node>();
        var row = 0;
        foreach (var group in groups.Reverse())
        {
            if (row > 0)
            {
                z.Add(new double?[x.Length]);
                row++;
            }

            var first = row;
            for (var option = 0; option < group.Options.Count; option++, row++)
            {
                ticks.Add(row);
                tickTexts.Add(group.Options[option]);
                z.Add(group.Shares[option].Select(s => (double?)Math.Round(s, Digits)).ToArray());
            }

            if (group.Title.Length > 0)
            {
                notes.Add(Plot.Note(group.Title, xDomain[0], (first + row - 1) / 2.0, "paper", "y" + suffix, new Node
                {
                    ["textangle"] = -90,
                    ["xanchor"] = "right",
                    ["xshift"] = -28,
                    ["font"] = new Node { ["size"] = Theme.SmallFontSize },
                }));
            }

            lines.Add(ChoiceLine(x, group, first, suffix));
        }

        traces.Add(new Node
        {
            ["type"] = "heatmap",
            ["name"] = name,
            ["x"] = x,
            ["z"] = z,
            ["xaxis"] = "x" + suffix,
            ["yaxis"] = "y" + suffix,
            ["coloraxis"] = "coloraxis",
            ["hoverongaps"] = false,
            ["hovertemplate"] = "epoch %{x}<br>%{y} → share %{z:.3f}<extra>" + name + "</extra>",
        });
        traces.AddRange(lines);
        layout["xaxis" + suffix] = Plot.Axis(null, new Node
        {
            ["domain"] = xDomain,
            ["anchor"] = "y" + suffix,
            ["showgrid"] = false,
            ["tickfont"] = new Node { ["size"] = Theme.SmallFontSize - 1 },
            ["ticks"] = "outside",
            ["ticklen"] = 2,
            ["nticks"] = 6,
            ["range"] = new[] { x[0] - 0.5, x[^1] + 0.5 },
        });
        layout["yaxis" + suffix] = Plot.Axis(null, new Node
        {
            ["domain"] = yDomain,
            ["anchor"] = "x" + suffix,
            ["showgrid"] = false,
            ["zeroline"] = false,
            ["tickvals"] = ticks,
            ["ticktext"] = tickTexts,
            ["tickfont"] = new Node { ["size"] = Theme.SmallFontSize - 1 },
            ["range"] = new[] { -0.5, row - 0.5 },
        });
        notes.Add(Plot.Note(name, xDomain[0], yDomain[1], "paper", "paper", new Node
        {
            ["xanchor"] = "left",
            ["yanchor"] = "bottom",
            ["font"] = new Node { ["size"] = Theme.FontSize },
        }));
    }

    private static Node ChoiceLine(int[] x, HeatGroup group, int firstRow, string suffix) => new()
    {
        ["type"] = "scatter",
        ["mode"] = x.Length == 1 ? "markers" : "lines",
        ["x"] = x,
        ["y"] = Enumerable.Range(0, x.Length)
            .Select(e => group.Kept[e] ? (int?)(firstRow + ArgMax(group.Shares.Select(s => s[e]).ToArray())) : null).ToArray(),
        ["xaxis"] = "x" + suffix,
        ["yaxis"] = "y" + suffix,
        ["line"] = new Node { ["color"] = Theme.Vermillion, ["width"] = 2, ["shape"] = "hvh" },
        ["marker"] = new Node { ["color"] = Theme.Vermillion },
        ["hoverinfo"] = "skip",
        ["showlegend"] = false,
    };

    // In the empty corner beside the bottleneck, which has no decoder block.
    private static Node ColorAxis(int pools, int cell, int plotHeight) => new()
    {
        ["colorscale"] = Theme.ColorScale,
        ["colorbar"] = new Node
        {
            ["orientation"] = "h",
            ["x"] = (RightDomain[0] + RightDomain[1]) / 2,
            ["len"] = RightDomain[1] - RightDomain[0],
            ["y"] = 1 - (pools * cell + TitlePixels) / (double)plotHeight,
            ["yanchor"] = "top",
            ["thickness"] = RowPixels,
            ["title"] = new Node { ["text"] = "share (softmax of the logits)", ["side"] = "top", ["font"] = new Node { ["size"] = Theme.SmallFontSize } },
            ["tickfont"] = new Node { ["size"] = Theme.SmallFontSize - 1 },
        },
    };
}

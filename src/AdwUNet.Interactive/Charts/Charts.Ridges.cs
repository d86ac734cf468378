using System.Globalization;
using AdwUNet.Search;
using Plotly.NET;

namespace AdwUNet.Interactive;

public static partial class Charts
{
    private const int MostRidges = 40;
    private const double RidgeHeight = 1.8; // the highest ridge, in units of the distance between two ridges
    private const int RidgePixels = 13;
    private const int RidgeMargins = 150;

    /// <summary>
    /// The shares of one decision over the epochs. Each ridge is an epoch, the first in front. Its height at an option is that option's share (the
    /// softmax of the logits, without noise).
    /// </summary>
    /// <param name="epochs">The history, in order; long ones are thinned to 40 ridges.</param>
    /// <param name="block">The block, from the input (0) to the output.</param>
    /// <param name="convolution">The convolution whose width is meant, from 0; null for the block's depth.</param>
    /// <exception cref="ChartException">There are no epochs, or the search had no such decision.</exception>
    public static GenericChart RidgeLines(IReadOnlyList<SearchEpoch> epochs, int block, int? convolution = null)
    {
        RequireEpochs(epochs, nameof(RidgeLines));
        var blocks = epochs[0].Logits.Blocks;
        if (block < 0 || block >= blocks.Count) throw new ChartException($"There is no block {block}; the history has blocks 0 to {blocks.Count - 1}.");
        var first = blocks[block];
        var decided = convolution is { } conv ? first.Alphas.Count > conv && conv >= 0 : first.Betas.Count > 0;
        if (!decided)
        {
            throw new ChartException(convolution is { } missing
                ? $"Block {block} has no alphas for convolution {missing}; it has alphas for {first.Alphas.Count} convolutions, counted from 0."
                : $"Block {block} has no betas, because its search adapted only width; name a convolution.");
        }

        var options = convolution is { } width
            ? first.WidthOptions[width].Select(w => w.ToString(CultureInfo.InvariantCulture)).ToArray()
            : [.. Enumerable.Range(1, first.Betas.Count).Select(depth => depth.ToString(CultureInfo.InvariantCulture))];
        var shown = ArchitectureHeat.Thin(epochs, MostRidges);
        double[] Shares(SearchEpoch epoch)
        {
            var logits = epoch.Logits.Blocks[block];
            return ArchitectureHeat.Softmax(convolution is { } c ? logits.Alphas[c] : logits.Betas);
        }

        var scale = RidgeHeight * epochs.Count / shown.Count / shown.Max(epoch => Shares(epoch).Max());

        // Drawn from back to front, so that a ridge covers those behind it.
        var traces = shown.Reverse().SelectMany(epoch => Ridge(epoch.Epoch, options, Shares(epoch), scale, epochs.Count));
        var pools = (blocks.Count - 1) / 2;
        var what = convolution is { } number ? $"width of convolution {number + 1}" : "depth";
        return Plot.Chart(traces, new Node
        {
            ["title"] = $"{BlockNames.Of(block, pools)}: {what}",
            ["showlegend"] = false,
            ["height"] = RidgeMargins + (int)(RidgePixels * (shown.Count + RidgeHeight)),
            ["xaxis"] = Plot.Axis(convolution is null ? "convolutions" : "channels", new Node { ["type"] = "category", ["showgrid"] = false }),
            ["yaxis"] = Plot.Axis("epoch", new Node { ["zeroline"] = false }),
        }, $"Each ridge is an epoch. Its height at an option is the option's share; a share of 1 is {scale:0.#} epochs high. "
           + "A flat ridge is undecided, a peak is a choice.");
    }

    private static IEnumerable<Node> Ridge(int epoch, string[] options, double[] shares, double height, int epochs)
    {
        var color = Blend(Theme.SkyBlue, Theme.Blue, epochs < 2 ? 1 : (double)epoch / (epochs - 1));
        yield return new Node
        {
            ["type"] = "scatter",
            ["mode"] = "lines",
            ["x"] = options,
            ["y"] = options.Select(_ => (double)epoch).ToArray(),
            ["line"] = new Node { ["width"] = 0 },
            ["hoverinfo"] = "skip",
        };
        yield return new Node
        {
            ["type"] = "scatter",
            ["mode"] = "lines",
            ["name"] = string.Create(CultureInfo.InvariantCulture, $"epoch {epoch}"),
            ["x"] = options,
            ["y"] = shares.Select(share => Math.Round(epoch + (share * height), 4)).ToArray(),
            ["customdata"] = shares.Select(share => Math.Round(share, 4)).ToArray(),
            ["hovertemplate"] = string.Create(CultureInfo.InvariantCulture, $"epoch {epoch}, %{{x}}: %{{customdata:.3f}}<extra></extra>"),
            ["line"] = new Node { ["color"] = color, ["width"] = 1.5, ["shape"] = "spline" },
            ["fill"] = "tonexty",
            ["fillcolor"] = Theme.WithOpacity(color, 0.5),
        };
    }

    private static string Blend(string from, string to, double share)
    {
        var ((r, g, b), (r2, g2, b2)) = (Theme.Rgb(from), Theme.Rgb(to));
        int Mix(byte x, byte y) => (int)Math.Round(x + (share * (y - x)));
        return $"#{Mix(r, r2):X2}{Mix(g, g2):X2}{Mix(b, b2):X2}";
    }
}

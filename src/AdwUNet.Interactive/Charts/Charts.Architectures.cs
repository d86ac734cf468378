using System.Text;
using AdwUNet.Architectures;

namespace AdwUNet.Interactive;

public static partial class Charts
{
    /// <summary>
    /// Several networks as small drawings on one scale. Each bar is a convolution, and its length is the number of channels. The bars of a block are
    /// stacked: encoder on the left, decoder on the right, bottleneck at the bottom.
    /// </summary>
    /// <param name="networks">Each with a name.</param>
    /// <exception cref="ChartException">There are none.</exception>
    public static HtmlFigure Architectures(params IReadOnlyList<(string Name, Architecture Network)> networks)
    {
        if (networks.Count == 0) throw new ChartException("There are no architectures to draw; give at least one.");
        var widest = networks.Max(n => n.Network.Widths.Max(block => block.Max()));
        var deepest = networks.Max(n => n.Network.Widths.Max(block => block.Count));
        var html = new StringBuilder("""<div style="display:flex;flex-wrap:wrap;gap:14px 12px">""");
        var text = new StringBuilder();
        foreach (var (name, network) in networks)
        {
            var about = $"{name}: {Summaries.Count(network.Widths.Sum(block => block.Count), "convolution")} in {network.Widths.Count} blocks";
            html.Append("""<div style="flex:0 1 22%;min-width:150px">""")
                .Append($"""<div style="font:{Theme.FontSize}px {Theme.FontFamily};margin-bottom:.4em">{Markup.Escape(name)}</div>""")
                .Append(new SmallU(network, widest, deepest).ToHtml($"{about}, channels {network}"))
                .Append("</div>");
            text.AppendLine($"{about}: {network}");
        }

        return new HtmlFigure(
            html.Append("</div>").ToString(), text.ToString().TrimEnd(),
            $"Each bar is a convolution; its length is the number of channels, on one scale for all networks (the longest bar has {widest}). Each group of bars is a "
            + "block: encoder on the left, decoder on the right, bottleneck at the bottom.");
    }
}

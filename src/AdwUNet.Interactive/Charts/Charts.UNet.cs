using AdwUNet.Architectures;
using AdwUNet.Planning;

namespace AdwUNet.Interactive;

public static partial class Charts
{
    /// <summary>
    /// A derived network drawn as a U: encoder on the left going down, decoder on the right going up, one box per convolution,
    /// as tall as its resolution and as wide as its channels, which stand above it.
    /// </summary>
    /// <param name="architecture">The widths of every block.</param>
    /// <param name="plan">Gives patch, kernels, channels in and classes out.</param>
    /// <exception cref="ChartException">Architecture and plan differ in the number of poolings.</exception>
    public static HtmlFigure UNet(Architecture architecture, Plan plan) => UNet(architecture.Widths, plan);

    /// <summary>The same from bare widths.</summary>
    /// <param name="widths">Channels of each convolution of each block: encoder stages 0..P, then decoder stages 0..P−1.</param>
    /// <param name="plan">Gives patch, kernels, channels in and classes out.</param>
    /// <exception cref="ChartException">Widths and plan differ in the number of poolings.</exception>
    public static HtmlFigure UNet(IReadOnlyList<IReadOnlyList<int>> widths, Plan plan)
    {
        var blocks = widths.Select(b => (IReadOnlyList<UNetBox>)b.Select(w => new UNetBox(w, [w], false)).ToList()).ToList();
        var figure = new UNetDrawing(blocks, plan).Draw("U-Net");
        return figure.WithCaption(
            "Numbers above the boxes are channels; height is resolution. Dashed arrows are skip connections, arrows to the right are outputs (all but the top one only help training).");
    }

    /// <summary>A supernet drawn as a U, with the widths and depths that it can become.</summary>
    /// <param name="space">What the search may choose from.</param>
    /// <param name="plan">Gives poolings, patch, kernels, channels in and classes out.</param>
    public static HtmlFigure Supernet(SearchSpace space, Plan plan)
    {
        var blocks = space.BlockWidths(plan.PoolCount).Select(width => (IReadOnlyList<UNetBox>)Enumerable.Range(0, space.MaxDepth)
            .Select(i => new UNetBox(width, space.WidthOptions(width), space.AdaptsDepth && i > 0)).ToList()).ToList();
        var figure = new UNetDrawing(blocks, plan).Draw("Supernet");
        var widths = space.AdaptsWidth ? "Lines inside a box are the widths it can become. " : "";
        var depths = space.AdaptsDepth ? "Boxes with a dashed border may be left out. " : "";
        return figure.WithCaption(widths + depths + "Numbers above the boxes are channels; height is resolution. Dashed arrows are skip connections.");
    }
}

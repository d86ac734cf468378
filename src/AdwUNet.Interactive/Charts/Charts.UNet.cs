using AdwUNet.Architectures;
using AdwUNet.Planning;

namespace AdwUNet.Interactive;

public static partial class Charts
{
    /// <summary>
    /// Draws a derived network as a U: encoder on the left, decoder on the right, one box per convolution. The height of a box shows the resolution,
    /// its width and the number above it show the channels.
    /// </summary>
    /// <param name="architecture">The widths of every block.</param>
    /// <param name="plan">Gives patch, kernels, channels in and classes out.</param>
    /// <exception cref="ChartException">Architecture and plan differ in the number of poolings.</exception>
    public static HtmlFigure UNet(Architecture architecture, Plan plan) => UNet(architecture.Widths, plan);

    /// <summary>Draws a network from its widths.</summary>
    /// <param name="widths">Channels of each convolution of each block: encoder stages 0..P, then decoder stages 0..P−1.</param>
    /// <param name="plan">Gives patch, kernels, channels in and classes out.</param>
    /// <exception cref="ChartException">Widths and plan differ in the number of poolings.</exception>
    public static HtmlFigure UNet(IReadOnlyList<IReadOnlyList<int>> widths, Plan plan)
    {
        var blocks = widths.Select(b => (IReadOnlyList<UNetBox>)b.Select(w => new UNetBox(w, [w], false)).ToList()).ToList();
        var figure = new UNetDrawing(blocks, plan).Draw("U-Net");
        return figure.WithCaption(
            "Each box is a convolution: the number above it and its width are its channels, its height is the resolution. Dashed arrows are skip connections. Arrows to the right are "
            + "outputs; only the top one gives the segmentation, the others add to the training loss.");
    }

    /// <summary>Draws a supernet as a U, with the widths and depths that the search can choose.</summary>
    /// <param name="space">What the search may choose from.</param>
    /// <param name="plan">Gives poolings, patch, kernels, channels in and classes out.</param>
    public static HtmlFigure Supernet(SearchSpace space, Plan plan)
    {
        var blocks = space.BlockWidths(plan.PoolCount).Select(width => (IReadOnlyList<UNetBox>)Enumerable.Range(0, space.MaxDepth)
            .Select(i => new UNetBox(width, space.WidthOptions(width), space.AdaptsDepth && i > 0)).ToList()).ToList();
        var figure = new UNetDrawing(blocks, plan).Draw("Supernet");
        var widths = space.AdaptsWidth ? "Lines inside a box are the widths that the search can choose. " : "";
        var depths = space.AdaptsDepth ? "The search can drop boxes with a dashed border. " : "";
        return figure.WithCaption("Each box is a convolution: the number above it is its channels, its height is the resolution. " + widths + depths + "Dashed arrows are skip connections.");
    }
}

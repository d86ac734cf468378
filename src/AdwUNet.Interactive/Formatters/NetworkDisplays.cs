using System.Globalization;
using AdwUNet.Architectures;
using AdwUNet.Networks;
using AdwUNet.Planning;

namespace AdwUNet.Interactive;

/// <summary>What a notebook shows of networks: the U with its shapes, and what each block costs.</summary>
internal static class NetworkDisplays
{
    // An architecture alone has no plan, so no resolutions: each level has half the height of the one above.
    private const int TopHeight = 60;
    private const int LevelHeight = 44;
    private const int BoxWidth = 12;
    private const int Gap = 4;

    /// <summary>An architecture: its blocks as two columns of bars, as wide as their channels, and its text.</summary>
    public static HtmlFigure Of(Architecture architecture)
    {
        var pools = architecture.PoolCount;
        var widest = architecture.Widths.Max(block => block.Max());
        var deepest = architecture.Widths.Max(block => block.Count);
        var column = (deepest * (BoxWidth + Gap)) + 150;
        var svg = new SvgCanvas();
        for (var b = 0; b < architecture.Widths.Count; b++)
        {
            var level = BlockNames.Level(b, pools);
            var (x, y) = (b <= pools ? 0 : column, (double)level * (LevelHeight + 26));
            var widths = architecture.Widths[b];
            var name = BlockNames.Of(b, pools);
            svg.Text(x, y + 12, $"{name}: {string.Join(", ", widths)}", "start");
            for (var i = 0; i < widths.Count; i++)
            {
                var height = Math.Max(3, LevelHeight * widths[i] / (double)widest);
                svg.Box(x + (i * (BoxWidth + Gap)), y + 18 + LevelHeight - height, BoxWidth, height, UNetDrawing.ColorOf(b, pools), false, $"{name}, convolution {i + 1}: {widths[i]} channels");
            }
        }

        var convolutions = architecture.Widths.Sum(block => block.Count);
        var about = $"{architecture.Family}: {pools} poolings, {convolutions} convolutions, {architecture.Widths.Min(b => b.Min())} to {widest} channels";
        return new HtmlFigure(
            svg.ToHtml((2 * column) + 10, ((pools + 1) * (LevelHeight + 26)) + 4, about),
            about + Environment.NewLine + Lines(architecture) + Environment.NewLine + architecture,
            $"{about}. Each bar is a convolution; its height is the number of channels. As text: {architecture}");
    }

    /// <summary>A supernet: drawn with its shapes, and what each block can become and costs.</summary>
    public static HtmlFigure Of(Supernet network)
    {
        var (space, plan) = (network.Space, network.Plan);
        var drawing = Charts.Supernet(space, plan);
        var depth = Range(space.AdaptsDepth ? [1, space.MaxDepth] : [space.MaxDepth]);
        var widths = space.BlockWidths(plan.PoolCount);
        var costs = Costs(NetworkCost.Of(space, plan), plan, b => depth, b => Range(space.WidthOptions(widths[b])));
        return Joined($"Supernet of {space.Family}", drawing, costs);
    }

    /// <summary>A derived network: drawn with its shapes, and what each block costs.</summary>
    public static HtmlFigure Of(DerivedUNet network)
    {
        var (architecture, plan) = (network.Architecture, network.Plan);
        var blocks = architecture.Widths;
        var costs = Costs(NetworkCost.Of(architecture, plan), plan, b => $"{blocks[b].Count}", b => string.Join(", ", blocks[b]));
        return Joined($"U-Net, {architecture}", Charts.UNet(architecture, plan), costs);
    }

    /// <summary>A search space: what may be chosen.</summary>
    public static HtmlFigure Of(SearchSpace space) => Tables.Html(
        $"The options of a search of {space.Family}.",
        ("adapts", (space.AdaptsDepth, space.AdaptsWidth) switch { (true, true) => "depth and width", (true, false) => "depth", _ => "width" }),
        ("convolutions per block", Range(space.AdaptsDepth ? [1, space.MaxDepth] : [space.MaxDepth])),
        ("channels of the finest block", Range(space.WidthOptions(space.BaseWidth))),
        ("channels at most", space.MaxWidth),
        ("width fractions", space.AdaptsWidth ? space.WidthFractions : null),
        ("mask", space.AdaptsWidth ? space.MaskPlacement == MaskPlacement.BeforeNorm ? "before the norm" : "after the norm" : null));

    private static string Lines(Architecture architecture) => string.Join(Environment.NewLine, architecture.Widths
        .Select((block, b) => $"  {BlockNames.Of(b, architecture.PoolCount)}: {string.Join(", ", block)}"));

    private static HtmlFigure Costs(NetworkCost cost, Plan plan, Func<int, string> depth, Func<int, string> width) => Tables.Html(
        ["block", "shape", "convolutions", "channels", "million weights", "GFLOPs"],
        cost.Blocks.Select((block, b) => (IReadOnlyList<object?>)
        [
            BlockNames.Of(b, plan.PoolCount), block.Shape, depth(b), width(b), Millions(block.Weights), Giga(block.ForwardFlops),
        ]).Append(["all", plan.PatchSize, null, null, Millions(cost.Weights), Giga(cost.ForwardFlops)]));

    private static HtmlFigure Joined(string title, HtmlFigure drawing, HtmlFigure costs) => new(
        SliceHtml.Heading(title) + drawing.Body + costs.Body, title + Environment.NewLine + costs.Text,
        $"{drawing.Caption} GFLOPs count the forward pass of one batch.");

    private static string Range(IReadOnlyList<int> options) => options.Count == 1 ? $"{options[0]}" : $"{options[0]} to {options[^1]}";

    private static string Millions(long count) => (count / 1e6).ToString(count < 1_000_000 ? "0.000" : "0.0", CultureInfo.InvariantCulture);

    private static string Giga(long count) => (count / 1e9).ToString("0.00", CultureInfo.InvariantCulture);
}

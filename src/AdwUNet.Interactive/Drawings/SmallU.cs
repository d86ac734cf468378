using AdwUNet.Architectures;

namespace AdwUNet.Interactive;

/// <summary>A network as a small drawing of bars without text, for comparing many networks.</summary>
/// <param name="network">What to draw.</param>
/// <param name="widest">The number of channels that takes the longest bar.</param>
/// <param name="deepest">The number of convolutions that a level has room for.</param>
internal sealed class SmallU(Architecture network, int widest, int deepest)
{
    // In SVG units.
    private const double LongestBar = 100;
    private const double HalfGap = 8;
    private const double BarHeight = 6;
    private const double BarStep = 8;
    private const double LevelGap = 9;

    private double LevelHeight => (deepest * BarStep) + LevelGap;

    public string ToHtml(string about)
    {
        var svg = new SvgCanvas();
        var pools = network.PoolCount;
        const double centre = LongestBar + HalfGap;
        for (var b = 0; b < network.Widths.Count; b++)
        {
            var top = BlockNames.Level(b, pools) * LevelHeight;
            for (var i = 0; i < network.Widths[b].Count; i++)
            {
                var length = LongestBar * network.Widths[b][i] / widest;
                var left = b < pools ? centre - HalfGap - length : b == pools ? centre - (length / 2) : centre + HalfGap;
                svg.Box(
                    left, top + 1 + (i * BarStep), length, BarHeight, UNetDrawing.ColorOf(b, pools), false,
                    $"{BlockNames.Of(b, pools)}, convolution {i + 1}: {network.Widths[b][i]} channels");
            }
        }

        return svg.ToHtml(2 * centre, ((pools + 1) * LevelHeight) - LevelGap + 1, about, leastScale: 0);
    }
}

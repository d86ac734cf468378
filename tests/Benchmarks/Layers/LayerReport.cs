using AdwUNet.Benchmarks.Measuring;
using AdwUNet.Benchmarks.Report;
using AdwUNet.Benchmarks.Steps;

namespace AdwUNet.Benchmarks.Layers;

/// <summary>What each convolution reaches of the machine's peak, as a table.</summary>
internal static class LayerReport
{
    /// <summary>Adds the table to a report.</summary>
    /// <param name="report">To what.</param>
    /// <param name="name">The supernet.</param>
    /// <param name="layers">Its layers.</param>
    /// <param name="peak">Operations a second of the fastest matrix product; 0 where none was measured.</param>
    public static void Write(Markdown report, string name, IReadOnlyList<LayerTimes> layers, double peak)
    {
        report.Heading(2, $"Where the time goes: {name}").Paragraph(
            $"Every convolution of the supernet's blocks, and the transposed ones between them, by itself in {Implementations.Fastest.Title()}, medians of milliseconds"
            + (peak > 0 ? $"; in brackets the share of the fastest matrix product of the run ({peak / 1e9:0} GFLOP/s), which may exceed 1, because Winograd's method makes fewer products than are counted" : "")
            + ". A weight step takes all three passes, an architecture step the first two. What is missing to the times above: norm, mask and activation, sums over depths, the joining of skips, logits and loss, clipping and optimiser.");
        report.Table(
            ["layer", "output", "channels", "GFLOP a pass", "forward", "gradient of the input", "gradient of the weights"],
            [.. layers.Select(layer => Cells(
                layer.Name,
                $"{(layer.IsUp ? layer.Shape.Fine : layer.Shape.Coarse)}",
                layer.IsUp ? $"{layer.Shape.CoarseChannels} → {layer.Shape.FineChannels}" : $"{layer.Shape.FineChannels} → {layer.Shape.CoarseChannels}",
                layer.Flops,
                peak,
                (layer.Forward, layer.Flops), (layer.Input, layer.Flops), (layer.Weights, layer.Flops))),
            Cells("all", "", "", layers.Sum(layer => layer.Flops), peak, All(layers, layer => layer.Forward), All(layers, layer => layer.Input), All(layers, layer => layer.Weights))]);
    }

    private static (Samples Seconds, double Flops) All(IEnumerable<LayerTimes> layers, Func<LayerTimes, Samples> pass)
    {
        var total = new Samples();
        var those = layers.Where(layer => !pass(layer).IsEmpty).ToList();
        total.Add(those.Sum(layer => pass(layer).Median));
        return (total, those.Sum(layer => layer.Flops));
    }

    private static string[] Cells(string name, string grid, string channels, double flops, double peak, params (Samples Seconds, double Flops)[] passes) =>
    [
        name, grid, channels, Row.Number(flops / 1e9),
        .. passes.Select(pass => pass.Seconds.IsEmpty
            ? Row.Nothing
            : Row.Number(1e3 * pass.Seconds.Median) + (peak > 0 ? $" ({pass.Flops / pass.Seconds.Median / peak:0.00})" : "")),
    ];
}

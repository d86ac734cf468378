using AdwUNet.Architectures;
using AdwUNet.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AdwUNet.Search;

/// <summary>
/// The expected cost of the derived network if each depth and width is drawn independently with the weights of its relaxed choice (without noise):
/// differentiable in alphas and betas, and equal to <see cref="NetworkCost"/> where every choice selects one option.
/// </summary>
public static class ExpectedCost
{
    /// <summary>The expected cost on a batch of the supernet's plan.</summary>
    /// <param name="supernet">Its relaxation and temperature give the weights.</param>
    /// <param name="kind">The unit of the result.</param>
    /// <returns>A float64 scalar. The caller disposes it.</returns>
    public static Tensor Of(Supernet supernet, CostKind kind)
    {
        // The two widths of a convolution belong to different choices, so that the mean of their product is the product of their means.
        using var scope = NewDisposeScope();
        var (plan, device) = (supernet.Plan, supernet.ArchitectureParameters[0].device);
        var largest = Architecture.FromWidths([.. supernet.Space.BlockWidths(plan.PoolCount).Select(width => Enumerable.Repeat(width, supernet.Space.MaxDepth).ToArray())]);
        var outputs = new List<Tensor>(); // mean output widths of the blocks, as shares of the largest
        var sum = zeros(1, float64, device);
        foreach (var (block, cost) in supernet.Blocks.Zip(NetworkCost.Of(largest, plan).Blocks))
        {
            var below = outputs.Count == 0 ? Values(1) : outputs[^1];
            var skip = outputs.Count > plan.PoolCount ? outputs[(2 * plan.PoolCount) - outputs.Count] : null;
            var layers = skip is null ? cost.Layers : [.. cost.Layers.Skip(1).SkipLast(1)];
            var widths = cat([.. block.Units.Select(unit => Mean(unit.Alphas, [.. unit.WidthOptions.Select(width => (double)width / unit.WidthOptions[^1])]))]);
            var exists = cat([.. layers.Select((_, i) => Mean(block.Betas, [.. layers.Select((_, depth) => depth >= i ? 1.0 : 0)]))]);
            outputs.Add(((exists - cat([exists[1..], Values(0)])) * widths).sum(0, keepdim: true));
            var coefficients = layers.Select(layer => Coefficients(layer, CostSite.WeightsPerChannel)).ToArray();
            var (perPair, perOutput) = (Values([.. coefficients.Select(c => c.Pair)]), Values([.. coefficients.Select(c => c.Output)]));
            sum += (exists * widths * ((perPair * cat([skip ?? below, widths[..^1]])) + perOutput)).sum();
            if (skip is not null)
            {
                var (up, logits) = (Coefficients(cost.Layers[0], 0), Coefficients(cost.Layers[^1], 0));
                sum += (skip * ((below * up.Pair) + (kind == CostKind.Activations ? cost.JoinedActivations : 0.0))) + (outputs[^1] * logits.Pair) + logits.Output;
            }
        }

        return sum.squeeze().MoveToOuterDisposeScope();

        Tensor Values(params double[] values) => tensor(values, device: device);

        Tensor Mean(Parameter? logits, double[] values)
        {
            var weights = logits is null ? null : supernet.Choice.Relaxation.Weights(logits.to(float64), null, supernet.Choice.Temperature);
            return weights is null ? Values(values[^1]) : (weights * Values(values)).sum(0, keepdim: true) / weights.sum();
        }

        (double Pair, double Output) Coefficients(LayerCost layer, int weights) => kind switch
        {
            CostKind.Flops => (layer.ForwardFlops, 0),
            CostKind.Weights => (layer.Weights - (weights * layer.OutputWidth), weights * layer.OutputWidth),
            _ => (0, layer.Activations),
        };
    }
}

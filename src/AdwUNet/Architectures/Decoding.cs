namespace AdwUNet.Architectures;

/// <summary>Derives an architecture from architecture parameters (paper section 3.3).</summary>
public static class Decoding
{
    /// <summary>
    /// Selects the depth with the largest beta for each block, and the width with the largest alpha for each of its convolutions up to that depth. Ties
    /// select the first option.
    /// </summary>
    /// <remarks>Uses the width options of each unit. The published code assumes 48 channels that double to 384.</remarks>
    public static Architecture Decode(this ArchitectureLogits logits)
    {
        var widths = logits.Blocks.Select(Decode).ToArray();
        if (logits.Family != Family.AdUNet)
        {
            return Architecture.FromWidths(widths, logits.Family);
        }

        var options = logits.Blocks.SelectMany(block => block.WidthOptions.Select(unit => unit[^1])).ToArray();
        var space = SearchSpace.Published(Family.AdUNet) with { BaseWidth = options[0], MaxWidth = options.Max() };
        return Architecture.FromDepths([.. widths.Select(block => block.Count)], space);
    }

    /// <summary>The softmax of logits: the share of each option.</summary>
    public static double[] Softmax(IReadOnlyList<double> logits)
    {
        var max = logits.Max();
        var exponentials = logits.Select(logit => Math.Exp(logit - max)).ToArray();
        var sum = exponentials.Sum();
        return Array.ConvertAll(exponentials, value => value / sum);
    }

    private static IReadOnlyList<int> Decode(BlockLogits block)
    {
        var depth = block.Betas.Count == 0 ? block.WidthOptions.Count : ArgMax(block.Betas) + 1;
        return [.. Enumerable.Range(0, depth).Select(unit => block.Alphas.Count == 0
            ? block.WidthOptions[unit][^1]
            : block.WidthOptions[unit][ArgMax(block.Alphas[unit])])];
    }

    private static int ArgMax(IReadOnlyList<double> values)
    {
        var best = 0;
        for (var i = 1; i < values.Count; i++)
        {
            if (values[i] > values[best])
            {
                best = i;
            }
        }

        return best;
    }
}

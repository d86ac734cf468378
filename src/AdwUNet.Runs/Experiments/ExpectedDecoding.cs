using AdwUNet.Architectures;

namespace AdwUNet.Experiments;

/// <summary>Decoding by expectation, an alternative to the published arg-max.</summary>
public static class ExpectedDecoding
{
    /// <summary>
    /// Selects the depth nearest to the mean depth of each block, and for each convolution the width nearest to its mean width, where the softmax of the
    /// logits gives the shares. With shares that are spread over several options, arg-max may select an end of the range by a small margin;
    /// the mean stays between the options. Ties select the smaller option.
    /// </summary>
    /// <param name="logits">Such as those of <see cref="AdwUNet.Search.SearchEpoch.Logits"/>.</param>
    /// <exception cref="ArchitectureException">The search space of the logits is not one of this library's.</exception>
    public static Architecture DecodeByExpectation(this ArchitectureLogits logits) =>
        new ArchitectureLogits(logits.Family, [.. logits.Blocks.Select(OneHot)]).Decode();

    private static BlockLogits OneHot(BlockLogits block) => block with
    {
        Betas = OneHot(block.Betas, [.. Enumerable.Range(1, block.Betas.Count)]),
        Alphas = [.. block.Alphas.Select((alphas, unit) => OneHot(alphas, block.WidthOptions[unit]))],
    };

    /// <summary>Logits of which the one of the option nearest to the mean is the largest.</summary>
    private static IReadOnlyList<double> OneHot(IReadOnlyList<double> logits, IReadOnlyList<int> options)
    {
        if (logits.Count == 0) return logits;
        var mean = Decoding.Softmax(logits).Zip(options, (share, option) => share * option).Sum();
        var nearest = options.MinBy(option => Math.Abs(option - mean));
        return [.. options.Select(option => option == nearest ? 1.0 : 0)];
    }
}

using AdwUNet.Architectures;

namespace AdwUNet.Experiments;

/// <summary>Random architectures: what a search must beat.</summary>
public static class RandomDraws
{
    private const string Stream = "architecture";

    /// <summary>
    /// Draws an architecture of a search space: the depth of every block uniformly, then the width of each of its convolutions uniformly, every draw
    /// independent of the others. This is what a search decodes whose alphas and betas are random.
    /// </summary>
    /// <param name="space">The search space.</param>
    /// <param name="poolCount">P, the number of poolings of the plan; the network has 2P + 1 blocks.</param>
    /// <param name="seed">The same seed draws the same architecture.</param>
    /// <exception cref="ArchitectureException">The space is invalid.</exception>
    public static Architecture Draw(this SearchSpace space, int poolCount, ulong seed)
    {
        space.Validate();
        var random = new RandomSequence(seed, Stream, 0);
        var blocks = space.BlockWidths(poolCount).Select(width =>
        {
            var options = space.WidthOptions(width);
            var depth = space.AdaptsDepth ? 1 + random.NextInt(space.MaxDepth) : space.MaxDepth;
            return (IReadOnlyList<int>)[.. Enumerable.Range(0, depth).Select(_ => options[random.NextInt(options.Count)])];
        }).ToArray();
        return space.AdaptsWidth
            ? Architecture.FromWidths(blocks, space.Family)
            : Architecture.FromDepths([.. blocks.Select(block => block.Count)], space);
    }
}

namespace AdwUNet.Search;

/// <summary>What the steps of a search iteration after the warm-up learn from.</summary>
public enum MixedLevelOrder
{
    /// <summary>
    /// As the authors' code: an architecture step on a batch of half A, one on a batch of half B, then a weight step on another batch of B; each
    /// step sees what the one before it changed.
    /// </summary>
    Published,

    /// <summary>
    /// Not published, and one forward and backward pass shorter: an architecture step on a batch of half A, then one step on a batch of half B
    /// whose single backward pass serves weights, alphas and betas. It differs in that half B's architecture step and the weight step share
    /// their batch and their Gumbel noise, that the weight step does not see what this architecture step changed, and that B is used up half
    /// as fast. How a step is clipped stays: by one norm over all parameters, or, without
    /// <see cref="SearchOptions.ClipStaleGradients"/>, weights and architecture each by their own.
    /// </summary>
    Joint,
}

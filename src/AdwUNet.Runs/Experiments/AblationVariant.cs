using AdwUNet.Architectures;

namespace AdwUNet.Experiments;

/// <summary>One of the settings that an ablation compares.</summary>
/// <param name="Name">The difference, such as <c>depth at most 2</c>; also the name of its folder.</param>
/// <param name="Space">The search space.</param>
public sealed record AblationVariant(string Name, SearchSpace Space);

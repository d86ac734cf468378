using AdwUNet.Architectures;

namespace AdwUNet.Experiments;

/// <summary>One of the settings that an ablation compares.</summary>
/// <param name="Name">What differs, such as <c>depth at most 2</c>; also the name of its folder.</param>
/// <param name="Space">What its searches may choose from.</param>
public sealed record AblationVariant(string Name, SearchSpace Space);

namespace AdwUNet.Architectures;

/// <summary>One of the costs of a network.</summary>
public enum CostKind
{
    /// <summary><see cref="NetworkCost.ForwardFlops"/>.</summary>
    Flops,

    /// <summary><see cref="NetworkCost.Weights"/>.</summary>
    Weights,

    /// <summary><see cref="NetworkCost.Activations"/>.</summary>
    Activations,
}

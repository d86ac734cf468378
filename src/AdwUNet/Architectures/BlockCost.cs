using AdwUNet.Imaging;

namespace AdwUNet.Architectures;

/// <summary>The cost of one block on one batch of a plan, including the transposed convolution before it and the convolution to logits after it.</summary>
/// <param name="Name">The block's parameter name, such as <c>conv_blocks_context.0</c> (encoder) or <c>conv_blocks_localization.1</c> (decoder).</param>
/// <param name="Shape">Voxels of its feature maps.</param>
/// <param name="Layers">Its convolutions in the order in which they are computed.</param>
public sealed record BlockCost(string Name, Shape3 Shape, IReadOnlyList<LayerCost> Layers)
{
    /// <summary>The betas.</summary>
    public int Betas { get; init; }

    /// <summary>Number of parameters, including alphas and betas.</summary>
    public long Weights => Betas + Layers.Sum(layer => layer.Weights);

    /// <summary>Number of alphas and betas.</summary>
    public int ArchitectureParameters => Betas + Layers.Sum(layer => layer.ArchitectureParameters);

    /// <inheritdoc cref="NetworkCost.ForwardFlops"/>
    public long ForwardFlops => Layers.Sum(layer => layer.ForwardFlops);

    /// <inheritdoc cref="NetworkCost.WeightStepFlops"/>
    public long WeightStepFlops => Layers.Sum(layer => layer.WeightStepFlops);

    /// <inheritdoc cref="NetworkCost.ArchitectureStepFlops"/>
    public long ArchitectureStepFlops => Layers.Sum(layer => layer.ArchitectureStepFlops);

    /// <inheritdoc cref="NetworkCost.Activations"/>
    public long Activations => JoinedActivations + Layers.Sum(layer => layer.Activations);

    /// <summary>Activations of the concatenation with the skip and of the sum over depths.</summary>
    public required long JoinedActivations { get; init; }
}

using AdwUNet.Imaging;

namespace AdwUNet.Architectures;

/// <summary>One block of the U on one batch of a plan, with the transposed convolution before and the logits' convolution after it.</summary>
/// <param name="Name">The block's parameter name, such as <c>conv_blocks_context.0</c> (encoder) or <c>conv_blocks_localization.1</c> (decoder).</param>
/// <param name="Shape">Voxels of its feature maps.</param>
/// <param name="Layers">Its convolutions in the order in which they are computed.</param>
public sealed record BlockCost(string Name, Shape3 Shape, IReadOnlyList<LayerCost> Layers)
{
    /// <summary>The betas.</summary>
    public int Betas { get; init; }

    /// <summary>Trainable numbers, alphas and betas included.</summary>
    public long Weights => Betas + Layers.Sum(layer => layer.Weights);

    /// <summary>Of these alphas and betas.</summary>
    public int ArchitectureParameters => Betas + Layers.Sum(layer => layer.ArchitectureParameters);

    /// <inheritdoc cref="NetworkCost.ForwardFlops"/>
    public long ForwardFlops => Layers.Sum(layer => layer.ForwardFlops);

    /// <inheritdoc cref="NetworkCost.WeightStepFlops"/>
    public long WeightStepFlops => Layers.Sum(layer => layer.WeightStepFlops);

    /// <inheritdoc cref="NetworkCost.ArchitectureStepFlops"/>
    public long ArchitectureStepFlops => Layers.Sum(layer => layer.ArchitectureStepFlops);

    /// <inheritdoc cref="NetworkCost.Activations"/>
    public long Activations => JoinedActivations + Layers.Sum(layer => layer.Activations);

    /// <summary>Of these the concatenation with the skip and the sum over depths.</summary>
    public required long JoinedActivations { get; init; }
}

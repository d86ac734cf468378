using AdwUNet.Imaging;

namespace AdwUNet.Architectures;

/// <summary>One convolution of a network on one batch of a plan, with what belongs to it: bias, norm, activation, width mask.</summary>
/// <param name="Name">The convolution's parameter name without <c>.weight</c>, such as <c>conv_blocks_context.0.block1.conv</c> or <c>tu.2</c>.</param>
/// <param name="InputWidth">Channels that it is given.</param>
/// <param name="OutputWidth">Channels that it emits.</param>
/// <param name="OutputShape">Voxels of each.</param>
public sealed record LayerCost(string Name, int InputWidth, int OutputWidth, Shape3 OutputShape)
{
    /// <summary>Trainable numbers, alphas included.</summary>
    public required long Weights { get; init; }

    /// <summary>Of these the alphas.</summary>
    public int ArchitectureParameters { get; init; }

    /// <summary>Operations of a forward pass: two for each multiplication with a weight (borders count as if there were voxels beyond).</summary>
    public required long ForwardFlops { get; init; }

    /// <summary>Whether anything trainable comes before it, so that a weight step needs its input's gradient: not so for the first.</summary>
    public bool HasWeightsBefore { get; init; } = true;

    /// <summary>Whether alphas or betas come before it, so that an architecture step needs its input's gradient.</summary>
    public bool HasChoicesBefore { get; init; }

    /// <summary>Forward, the weights' gradient and the input's: as many operations each.</summary>
    public long WeightStepFlops => ForwardFlops * (HasWeightsBefore ? 3 : 2);

    /// <summary>Forward and the input's gradient; the weights are frozen.</summary>
    public long ArchitectureStepFlops => ForwardFlops * (HasChoicesBefore ? 2 : 1);

    /// <summary>
    /// Numbers that a step which recomputes nothing keeps for its backward pass: the convolution's output, the unit's, and where width
    /// adapts what the mask was multiplied with.
    /// </summary>
    public required long Activations { get; init; }
}

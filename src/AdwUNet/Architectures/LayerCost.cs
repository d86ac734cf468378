using AdwUNet.Imaging;

namespace AdwUNet.Architectures;

/// <summary>The cost of one convolution on one batch of a plan, including its bias, norm, activation and width mask.</summary>
/// <param name="Name">The convolution's parameter name without <c>.weight</c>, such as <c>conv_blocks_context.0.block1.conv</c> or <c>tu.2</c>.</param>
/// <param name="InputWidth">Number of input channels.</param>
/// <param name="OutputWidth">Number of output channels.</param>
/// <param name="OutputShape">Voxels of an output channel.</param>
public sealed record LayerCost(string Name, int InputWidth, int OutputWidth, Shape3 OutputShape)
{
    /// <summary>Number of parameters, including alphas.</summary>
    public required long Weights { get; init; }

    /// <summary>Number of alphas.</summary>
    public int ArchitectureParameters { get; init; }

    /// <summary>Operations of a forward pass: two for each multiplication with a weight. Padding counts like voxels.</summary>
    public required long ForwardFlops { get; init; }

    /// <summary>Whether a parameter precedes it, so that a weight step needs the gradient of its input. False for the first convolution.</summary>
    public bool HasWeightsBefore { get; init; } = true;

    /// <summary>Whether alphas or betas precede it, so that an architecture step needs the gradient of its input.</summary>
    public bool HasChoicesBefore { get; init; }

    /// <summary>Forward, backward-weights and backward-data have the same number of operations.</summary>
    public long WeightStepFlops => ForwardFlops * (HasWeightsBefore ? 3 : 2);

    /// <summary>Forward and backward-data; the weights are frozen.</summary>
    public long ArchitectureStepFlops => ForwardFlops * (HasChoicesBefore ? 2 : 1);

    /// <summary>
    /// Activations that a step without recomputation keeps for its backward pass: the output of the convolution, the output of the unit and, where the
    /// width is searched, the input of the mask.
    /// </summary>
    public required long Activations { get; init; }
}

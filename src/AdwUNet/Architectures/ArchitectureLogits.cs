namespace AdwUNet.Architectures;

/// <summary>The values of the architecture parameters of one block, and the options that they belong to.</summary>
/// <param name="Name">The block's parameter name, such as <c>conv_blocks_context.0</c> (encoder) or <c>conv_blocks_localization.1</c> (decoder).</param>
/// <param name="Betas">One logit per possible depth 1..K; empty where the depth is fixed.</param>
/// <param name="Alphas">Per convolution one logit per width option; empty where the width is fixed.</param>
/// <param name="WidthOptions">Per convolution the widths (channels) that its alphas choose from; one entry where the width is fixed.</param>
public sealed record BlockLogits(
    string Name,
    IReadOnlyList<double> Betas,
    IReadOnlyList<IReadOnlyList<double>> Alphas,
    IReadOnlyList<IReadOnlyList<int>> WidthOptions);

/// <summary>The values of all architecture parameters of a supernet.</summary>
/// <param name="Family">Which sizes are adaptive.</param>
/// <param name="Blocks">Encoder stages 0..P, then decoder stages 0..P−1 (coarse to fine).</param>
public sealed record ArchitectureLogits(Family Family, IReadOnlyList<BlockLogits> Blocks);

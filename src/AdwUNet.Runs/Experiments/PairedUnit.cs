using AdwUNet.Architectures;
using AdwUNet.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AdwUNet.Experiments;

/// <summary>
/// The published unit with left and right channels paired (BCNet, arXiv 2203.13714): a width w takes the first w channels in every other training step and
/// the last w in the steps between, so that all channels are trained equally often. Else the first channels belong to all widths and
/// the last ones to the largest only. A derived network has no mask, and so is the published one. libtorch computes the unit.
/// </summary>
/// <example><code>search with { Unit = UnitFactory.Of&lt;PairedUnit&gt;() }</code></example>
public sealed class PairedUnit : ConvolutionUnit
{
    private readonly MaskPlacement _placement;
    private readonly Conv3d conv;
    private readonly InstanceNormalization instnorm;
    private readonly Tensor? steps; // of the weights; a buffer, so that a checkpoint has it

    /// <summary>Creates the unit.</summary>
    /// <param name="site">The unit's place in the network.</param>
    public PairedUnit(UnitSite site)
        : base(site)
    {
        _placement = site.MaskPlacement;
        conv = site.Convolution();
        instnorm = site.Norm();
        steps = site.Choice is null ? null : zeros(1, int64);
        RegisterComponents();
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor input, Tensor? mask)
    {
        if (mask is not null && is_grad_enabled() && TakesLastChannels()) mask = mask.flip(1);
        var features = conv.forward(input);
        if (mask is not null && _placement == MaskPlacement.BeforeNorm) features = features.mul(mask);
        var activated = instnorm.forward(features).leaky_relu(ConvUnit.NegativeSlope);
        return mask is not null && _placement == MaskPlacement.AfterActivation ? activated.mul(mask) : activated;
    }

    /// <summary>The side changes after every step that trains the weights; steps of the architecture take that of the next one.</summary>
    private bool TakesLastChannels()
    {
        var isLast = steps!.item<long>() % 2 == 1;
        if (conv.weight.requires_grad) steps.add_(1);
        return isLast;
    }
}

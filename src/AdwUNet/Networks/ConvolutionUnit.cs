using AdwUNet.Architectures;
using AdwUNet.Imaging;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace AdwUNet.Networks;

/// <summary>
/// A convolution unit: what a block repeats. Where the width is searched (paper section 3.1, "AwBlock"), every channel is weighted by a mask: the
/// mean of the 0/1 masks of the width options, weighted by the relaxed choice of <c>alphas</c>.
/// </summary>
/// <remarks>
/// Derive from this class to define a unit of your own: create the modules in the constructor, compute the output in <see cref="Compute"/>, and
/// pass <see cref="UnitFactory.Of{T}"/> to the network, the search or the training. libtorch computes such a unit on every device.
/// </remarks>
public abstract class ConvolutionUnit : Module<Tensor, Tensor>
{
    private readonly UnitSite _site;
    private readonly Parameter? alphas;
    private readonly Tensor? masks;

    /// <summary>Creates the unit, with all width options equally likely.</summary>
    /// <param name="site">The unit's place in the network.</param>
    protected ConvolutionUnit(UnitSite site)
        : base(nameof(ConvolutionUnit))
    {
        _site = site;
        if (site.Choice is not null)
        {
            alphas = Parameter(zeros(site.WidthOptions.Count));
            site.Choice.Draws.Add($"{site.Name}.{nameof(alphas)}", site.WidthOptions.Count);
            masks = stack([.. site.WidthOptions.Select(option => (arange(site.Width) < option).to(float32))]);
        }
    }

    /// <summary>The logits of the width options, [options]; null where the width is fixed.</summary>
    public Parameter? Alphas => alphas;

    /// <summary>The widths to choose from, ascending; one where the width is fixed.</summary>
    public IReadOnlyList<int> WidthOptions => _site.WidthOptions;

    /// <summary>The modules whose initial weights are the unit's own.</summary>
    internal IEnumerable<Module> OwnModules => modules().Except(_site.Made);

    /// <summary>What the unit computes, for engines that compute it themselves; null for every unit that only libtorch computes.</summary>
    internal virtual UnitDescription? Description => null;

    /// <inheritdoc/>
    public sealed override Tensor forward(Tensor input) => ComputeWithin(null, input);

    /// <summary>Computes the output within what an engine begins after the mask is drawn.</summary>
    internal Tensor ComputeWithin(Func<IDisposable>? around, Tensor input)
    {
        using var scope = NewDisposeScope();
        var mask = SampleMask()?.view(1, -1, 1, 1, 1);
        using var during = around?.Invoke();
        return Compute(input, mask).MoveToOuterDisposeScope();
    }

    /// <summary>Computes the output. Temporary tensors are disposed by the caller.</summary>
    /// <param name="input">Features, [N, input width, D, H, W].</param>
    /// <param name="mask">The weight of every channel, [1, width, 1, 1, 1]; null where the width is fixed.</param>
    /// <returns>Features, [N, width, D / stride, H / stride, W / stride].</returns>
    protected abstract Tensor Compute(Tensor input, Tensor? mask);

    /// <summary>Draws the weight of every channel, [width]; null where the width is fixed. The caller disposes it.</summary>
    internal Tensor? SampleMask()
    {
        using var scope = NewDisposeScope();
        return _site.Choice?.Sample($"{_site.Name}.{nameof(alphas)}", alphas!).matmul(masks!).MoveToOuterDisposeScope();
    }
}

/// <summary>The published unit: convolution, instance norm, LeakyReLU, with the width mask before the norm or after the activation.</summary>
public sealed class ConvUnit : ConvolutionUnit
{
    /// <summary>The slope of LeakyReLU below 0 (nnU-Net v1, nonlin_kwargs).</summary>
    public const double NegativeSlope = 0.01;

    private static readonly TorchSharp.Scalar Slope = NegativeSlope; // as those of Scalars

    private readonly Shape3 _kernel;
    private readonly Shape3 _stride;
    private readonly MaskPlacement _placement;
    private readonly Conv3d conv;
    private readonly InstanceNormalization instnorm;

    /// <summary>Creates the unit.</summary>
    /// <param name="site">The unit's place in the network.</param>
    public ConvUnit(UnitSite site)
        : base(site)
    {
        (_kernel, _stride, _placement) = (site.Kernel, site.Stride, site.MaskPlacement);
        conv = site.Convolution();
        instnorm = site.Norm();
        RegisterComponents();
    }

    /// <inheritdoc/>
    internal override UnitDescription Description => new(conv, _kernel, _stride, instnorm, NegativeSlope, _placement);

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor input, Tensor? mask)
    {
        var features = conv.forward(input);
        if (mask is not null && _placement == MaskPlacement.BeforeNorm)
        {
            features = features.mul(mask);
        }

        var activated = instnorm.forward(features).leaky_relu_(Slope);
        return mask is not null && _placement == MaskPlacement.AfterActivation ? activated.mul(mask) : activated;
    }
}

/// <summary>What a published unit consists of, for an engine that computes it with its own kernels.</summary>
/// <param name="Convolution">The convolution; its bias has no effect, because the norm follows.</param>
/// <param name="Kernel">The kernel of the convolution.</param>
/// <param name="Stride">The stride of the convolution.</param>
/// <param name="Norm">The norm, with its epsilon.</param>
/// <param name="NegativeSlope">The slope of LeakyReLU below 0.</param>
/// <param name="MaskPlacement">Where the width mask is applied.</param>
internal sealed record UnitDescription(
    Conv3d Convolution, Shape3 Kernel, Shape3 Stride, InstanceNormalization Norm, double NegativeSlope, MaskPlacement MaskPlacement);

using AdwUNet.Architectures;
using AdwUNet.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Mixed;

/// <summary>
/// Statistics, width mask, instance norm and activation of a published unit as one affine map per channel, with LeakyReLU behind it. Voxels are
/// computed in the wide type (float32), factors of channels in float64.
/// </summary>
/// <remarks>
/// With the mask m before the norm (the published placement), m · y has the mean m · μ and the standard deviation m · σ, so the output is
/// γ · m(y − μ) / √(m²σ² + ε) + β. Its derivative with respect to m is γ · (y − μ) · ε / (m²σ² + ε)^1.5. Differentiating mask and norm one after
/// the other loses almost all of it to rounding.
/// </remarks>
internal sealed class MaskedNorm : IDisposable
{
    private static readonly long[] Samples = [0];
    private static readonly long[] Voxels = [2, 3, 4];
    private static readonly Scalar Zero = 0;
    private static readonly Scalar Three = 3;

    private readonly UnitDescription _unit;
    private readonly Scalar _slope;
    private readonly ScalarType _wide;
    private readonly Scalar _count; // voxels of a sample
    private readonly Scalar _epsilon;
    private readonly Tensor _mean; // float64, as all factors of channels; [N, C, 1, 1, 1]
    private readonly Tensor _deviation; // √(m²σ² + ε); √(σ² + ε) with the mask after the activation
    private readonly Tensor _normScale; // m / deviation, or 1 / deviation
    private readonly Tensor? _after; // the mask after the activation, [1, C, 1, 1, 1]; null if there is none
    private readonly bool _hasMask;

    /// <summary>Computes the statistics of the convolution's output.</summary>
    /// <param name="unit">The unit.</param>
    /// <param name="output">The convolution's output, [N, C, D, H, W].</param>
    /// <param name="mask">The weight of every channel, [C]; null where the width is fixed.</param>
    /// <param name="wide">The type in which voxels are computed.</param>
    public MaskedNorm(UnitDescription unit, Tensor output, Tensor? mask, ScalarType wide)
    {
        using var scope = NewDisposeScope();
        (_unit, _slope, _wide, _hasMask) = (unit, unit.NegativeSlope, wide, mask is not null);
        _count = (double)output.shape[2] * output.shape[3] * output.shape[4];
        _epsilon = unit.Norm.Epsilon;
        var (variance, mean) = var_mean(output.to(wide), Voxels, unbiased: false, keepdim: true);
        var m = mask?.detach().to(float64).view(1, -1, 1, 1, 1);
        var isAfter = unit.MaskPlacement == MaskPlacement.AfterActivation;
        _mean = mean.to(float64);
        var inside = isAfter || m is null ? variance.to(float64) : variance.to(float64) * m.square();
        _deviation = inside.add(_epsilon).sqrt();
        _normScale = isAfter || m is null ? _deviation.reciprocal() : m / _deviation;
        _after = isAfter ? m?.clone() : null;
        foreach (var kept in new[] { _mean, _deviation, _normScale, _after })
        {
            kept?.DetachFromDisposeScope();
        }
    }

    /// <summary>The unit's output in the wide type. The caller disposes it.</summary>
    public Tensor Output(Tensor output)
    {
        using var scope = NewDisposeScope();
        var activated = Normalized(Centered(output), inPlace: true).leaky_relu_(_slope);
        return (_after is null ? activated : activated.mul_(_after.to(_wide))).MoveToOuterDisposeScope();
    }

    /// <summary>Computes the gradients. Adds those of the norm's parameters.</summary>
    /// <param name="output">The convolution's output.</param>
    /// <param name="gradient">The gradient of the unit's output, in the wide type.</param>
    /// <param name="ofBlock">The gradient of the block's output; null where the depth is fixed.</param>
    /// <returns>
    /// The gradient of the convolution's output, in the wide type; that of the mask, [C], or null; Σ gradient of the block's output · output, or null.
    /// </returns>
    public (Tensor OfConvolution, Tensor? OfMask, Tensor? OfDepth) Backward(Tensor output, Tensor gradient, Tensor? ofBlock)
    {
        using var scope = NewDisposeScope();
        var centered = Centered(output);
        var normalized = Normalized(centered, inPlace: false);
        var slopes = normalized.gt(Zero);
        Tensor? ofDepth = null, ofMaskAfter = null;
        if (ofBlock is not null || _after is not null)
        {
            var activated = normalized.leaky_relu_(_slope);
            ofMaskAfter = _after is null ? null : Sum(gradient * activated);
            ofDepth = ofBlock is null ? null : (Sum(activated.mul_(ofBlock)) * (_after ?? ones(1, float64, output.device))).sum();
        }

        normalized.Dispose();
        var through = where(slopes, gradient, gradient.mul(_slope)); // Σ over voxels of it and of it · (y − μ) are all that the norm needs
        slopes.Dispose();
        var sum = Sum(through);
        var sumOfDeviations = Sum(through * centered);

        var after = _after ?? ones(1, float64, output.device);
        var (gamma, perGamma) = (Channels(_unit.Norm.Weight), after * _normScale);
        var ofGradient = gamma * perGamma;
        var ofOutput = (ofGradient * _normScale.square() * sumOfDeviations).div(_count).neg();
        var constant = (ofGradient * sum).div(_count).neg();
        var ofConvolution = through.mul_(ofGradient.to(_wide)).addcmul_(centered, ofOutput.to(_wide), Scalars.One).add_(constant.to(_wide), Scalars.One);
        Gradients.Add(_unit.Norm.Weight, (perGamma * sumOfDeviations).sum(Samples));
        Gradients.Add(_unit.Norm.Bias, (after * sum).sum(Samples));
        var ofMask = !_hasMask ? null
            : (ofMaskAfter ?? ((gamma * sumOfDeviations).mul(_epsilon) / _deviation.pow(Three))).sum(Samples).flatten();
        return (ofConvolution.MoveToOuterDisposeScope(), ofMask?.MoveToOuterDisposeScope(), ofDepth?.MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _mean.Dispose();
        _deviation.Dispose();
        _normScale.Dispose();
        _after?.Dispose();
        _slope.Dispose();
        _count.Dispose();
        _epsilon.Dispose();
    }

    private static Tensor Channels(Tensor parameter) => parameter.detach().to(float64).view(1, -1, 1, 1, 1);

    private static Tensor Sum(Tensor values) => values.sum(Voxels, keepdim: true).to(float64);

    private Tensor Centered(Tensor output) => output.sub(_mean.to(_wide)); // bfloat16 minus float32 is float32

    private Tensor Normalized(Tensor centered, bool inPlace)
    {
        var scale = (Channels(_unit.Norm.Weight) * _normScale).to(_wide);
        return (inPlace ? centered.mul_(scale) : centered.mul(scale)).add_(Channels(_unit.Norm.Bias).to(_wide), Scalars.One);
    }
}

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
    private readonly long _chunkValues;
    private readonly Scalar _slope;
    private readonly Scalar _rise; // 1 − slope
    private readonly Scalar _count; // voxels of a sample
    private readonly Scalar _epsilon;
    private readonly bool _hasMask;
    private readonly Tensor _deviation; // √(m²σ² + ε), or √(σ² + ε) with the mask after the activation; float64, [N, C, 1, 1, 1]
    private readonly Tensor _normScale; // m / deviation, or 1 / deviation; float64
    private readonly Tensor? _after; // the mask after the activation, [1, C, 1, 1, 1], float64; null if there is none
    private readonly Tensor _mean; // in the wide type, as the rest
    private readonly Tensor _scale;
    private readonly Tensor _shift;
    private readonly Tensor? _outputMask;

    /// <summary>Computes the statistics of the convolution's output.</summary>
    /// <param name="unit">The unit.</param>
    /// <param name="output">The convolution's output, [N, C, D, H, W].</param>
    /// <param name="mask">The weight of every channel, [C]; null where the width is fixed.</param>
    /// <param name="wide">The type in which voxels are computed.</param>
    /// <param name="chunkValues">Values of a part (<see cref="Chunks"/>).</param>
    public MaskedNorm(UnitDescription unit, Tensor output, Tensor? mask, ScalarType wide, long chunkValues)
    {
        using var scope = NewDisposeScope();
        (_unit, _chunkValues, _hasMask) = (unit, chunkValues, mask is not null);
        (_slope, _rise, _epsilon) = (unit.NegativeSlope, 1 - unit.NegativeSlope, unit.Norm.Epsilon);
        _count = (double)output.shape[2] * output.shape[3] * output.shape[4];
        var (variance, mean) = Moments(output, wide);
        var m = mask?.detach().to(float64).view(1, -1, 1, 1, 1);
        var isAfter = unit.MaskPlacement == MaskPlacement.AfterActivation;
        var inside = isAfter || m is null ? variance : variance * m.square();
        _deviation = inside.add(_epsilon).sqrt();
        _normScale = isAfter || m is null ? _deviation.reciprocal() : m / _deviation;
        _after = isAfter ? m?.clone() : null;
        _mean = mean;
        _scale = (Channels(unit.Norm.Weight) * _normScale).to(wide);
        _shift = Channels(unit.Norm.Bias).to(wide, copy: true);
        _outputMask = _after?.to(wide, copy: true);
        foreach (var kept in new[] { _deviation, _normScale, _after, _mean, _scale, _shift, _outputMask })
        {
            kept?.DetachFromDisposeScope();
        }
    }

    /// <summary>A part of the unit's output in the wide type. The caller disposes it.</summary>
    public Tensor Output(Tensor output, (long First, long Count) chunk)
    {
        using var scope = NewDisposeScope();
        var activated = Centered(output, chunk).mul_(_scale.Part(chunk)).add_(_shift.Part(chunk), Scalars.One).leaky_relu_(_slope);
        return (_outputMask is null ? activated : activated.mul_(_outputMask.Part(chunk))).MoveToOuterDisposeScope();
    }

    /// <summary>Computes the gradients. Adds those of the norm's parameters.</summary>
    /// <param name="output">The convolution's output.</param>
    /// <param name="gradient">Computes a part of the gradient of the unit's output, in the wide type, to be overwritten.</param>
    /// <param name="ofBlock">The gradient of the block's output; null where the depth is fixed.</param>
    /// <param name="into">Receives the gradient of the convolution's output; may be that output itself.</param>
    /// <returns>The gradient of the mask, [C], or null; Σ gradient of the block's output · output, or null. The caller disposes them.</returns>
    public (Tensor? OfMask, Tensor? OfDepth) Backward(Tensor output, Func<(long First, long Count), Tensor> gradient, Tensor? ofBlock, Tensor into)
    {
        using var scope = NewDisposeScope();
        var (gamma, after) = (Channels(_unit.Norm.Weight), _after ?? ones([1, output.shape[1], 1, 1, 1], float64, output.device));
        var (sum, sumOfDeviations, sumOfOutput) = (zeros_like(_deviation), zeros_like(_deviation), zeros_like(_deviation));
        var ofDepth = zeros([], float64, output.device);
        foreach (var chunk in Chunks.Of(output, _chunkValues))
        {
            using var inner = NewDisposeScope();
            var (through, centered) = (gradient(chunk), Centered(output, chunk));
            var activated = centered.mul(_scale.Part(chunk)).add_(_shift.Part(chunk), Scalars.One).leaky_relu_(_slope);
            if (_after is not null)
            {
                sumOfOutput.Part(chunk).copy_(Sum(through, activated));
            }

            if (ofBlock is not null)
            {
                ofDepth.add_((Sum(ofBlock.Part(chunk), activated) * after.Part(chunk)).sum());
            }

            through.mul_(activated.gt_(Zero).mul_(_rise).add_(_slope)); // an activation has the sign of its input
            activated.Dispose();
            var (s, d) = (Sum(through, null), Sum(through, centered));
            sum.Part(chunk).copy_(s);
            sumOfDeviations.Part(chunk).copy_(d);
            var normScale = _normScale.Part(chunk);
            var ofGradient = gamma.Part(chunk) * after.Part(chunk) * normScale;
            var ofOutput = (ofGradient * normScale.square() * d).div(_count).neg();
            var constant = (ofGradient * s).div(_count).neg();
            var wide = through.dtype;
            into.Part(chunk).copy_(through.mul_(ofGradient.to(wide)).addcmul_(centered, ofOutput.to(wide), Scalars.One).add_(constant.to(wide), Scalars.One));
        }

        Gradients.Add(_unit.Norm.Weight, (after * _normScale * sumOfDeviations).sum(Samples));
        Gradients.Add(_unit.Norm.Bias, (after * sum).sum(Samples));
        var ofMask = !_hasMask ? null
            : (_after is not null ? sumOfOutput : (gamma * sumOfDeviations).mul(_epsilon) / _deviation.pow(Three)).sum(Samples).flatten();
        return (ofMask?.MoveToOuterDisposeScope(), ofBlock is null ? null : ofDepth.MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var kept in new IDisposable?[] { _deviation, _normScale, _after, _mean, _scale, _shift, _outputMask, _slope, _rise, _count, _epsilon })
        {
            kept?.Dispose();
        }
    }

    private static Tensor Channels(Tensor parameter) => parameter.detach().to(float64).view(1, -1, 1, 1, 1);

    /// <summary>Σ over the voxels of a channel of one tensor, or of the product of two, in float64.</summary>
    private static Tensor Sum(Tensor values, Tensor? factor)
    {
        using var scope = NewDisposeScope();
        return (factor is null ? values : values * factor).sum(Voxels, keepdim: true).to(float64).MoveToOuterDisposeScope();
    }

    private (Tensor Variance, Tensor Mean) Moments(Tensor output, ScalarType wide)
    {
        long[] shape = [output.shape[0], output.shape[1], 1, 1, 1];
        var (variance, mean) = (zeros(shape, float64, output.device), zeros(shape, wide, output.device));
        foreach (var chunk in Chunks.Of(output, _chunkValues))
        {
            using var scope = NewDisposeScope();
            var (v, m) = var_mean(output.Part(chunk).to(wide), Voxels, unbiased: false, keepdim: true);
            variance.Part(chunk).copy_(v);
            mean.Part(chunk).copy_(m);
        }

        return (variance, mean);
    }

    // bfloat16 minus float32 is float32
    private Tensor Centered(Tensor output, (long First, long Count) chunk) => output.Part(chunk).sub(_mean.Part(chunk));
}

using AdwUNet.Networks;

namespace AdwUNet.Cpu;

/// <summary>
/// The instance norm of a convolution unit with its width mask, and its derivatives, as one affine map per channel. Reads sums over voxels, yields
/// factors for elementwise loops. Computes in double precision.
/// </summary>
/// <remarks>
/// With the mask m before the norm (the published placement), m · y has the mean m · μ and the standard deviation m · σ, so the output is
/// γ · m(y − μ) / √(m²σ² + ε) + β. Its derivative with respect to m is γ · (y − μ) · ε / (m²σ² + ε)^1.5. Differentiating mask and norm one after
/// the other loses almost all of it to rounding. A bias before the norm has no effect.
/// </remarks>
internal sealed class MaskedInstanceNorm
{
    /// <summary>Added to the variance; the engine declines every other epsilon.</summary>
    public const double Epsilon = InstanceNormalization.PublishedEpsilon;

    private readonly float[] _gamma;
    private readonly float[] _beta;
    private readonly float[]? _mask;
    private readonly bool _maskAfterActivation;
    private readonly double _voxels;
    private readonly double[,] _mean;
    private readonly double[,] _deviation; // √(m²σ² + ε); √(σ² + ε) with the mask after the activation

    /// <summary>Computes the statistics of the convolution's output.</summary>
    /// <param name="samples">Number of samples.</param>
    /// <param name="voxels">Voxels of a sample.</param>
    /// <param name="sums">Sums of the convolution's output.</param>
    /// <param name="gamma">Scale of the norm, for each channel.</param>
    /// <param name="beta">Shift of the norm, for each channel.</param>
    /// <param name="mask">Width mask, for each channel; at least 0. Null for none.</param>
    /// <param name="maskAfterActivation">Whether the mask follows the activation; otherwise it precedes the norm.</param>
    public MaskedInstanceNorm(int samples, double voxels, ChannelSums sums, float[] gamma, float[] beta, float[]? mask, bool maskAfterActivation)
    {
        (Samples, Channels, _voxels, _gamma, _beta, _mask, _maskAfterActivation) = (samples, gamma.Length, voxels, gamma, beta, mask, maskAfterActivation);
        _mean = new double[samples, Channels];
        _deviation = new double[samples, Channels];
        for (var n = 0; n < samples; n++)
        {
            for (var c = 0; c < Channels; c++)
            {
                (_mean[n, c], var variance) = sums.Moments(n, c, voxels);
                _deviation[n, c] = Math.Sqrt((InputMask(c) * InputMask(c) * variance) + Epsilon);
            }
        }
    }

    public int Samples { get; }

    public int Channels { get; }

    /// <summary>Whether the mask follows the activation; its gradient then needs <see cref="GradientSums.MaskedOutput"/>.</summary>
    public bool HasOutputMask => _maskAfterActivation && _mask is not null;

    /// <summary>Mean of a channel.</summary>
    public double Mean(int sample, int channel) => _mean[sample, channel];

    /// <summary>Scale and shift before the activation. They contain the mask only if it precedes the norm.</summary>
    public (double Scale, double Shift) Affine(int sample, int channel)
    {
        var scale = _gamma[channel] * NormScale(sample, channel);
        return (scale, _beta[channel] - (scale * _mean[sample, channel]));
    }

    /// <summary>The mask after the activation; 1 if there is none.</summary>
    public double OutputMask(int channel) => _maskAfterActivation && _mask is not null ? _mask[channel] : 1;

    /// <summary>
    /// The gradient with respect to the convolution's output y is OfGradient · g · LeakyReLU′ + OfOutput · y + Constant, where g is the gradient of
    /// the unit's output.
    /// </summary>
    public (double OfGradient, double OfOutput, double Constant) Backward(int sample, int channel, in GradientSums sums)
    {
        var (scale, _) = Affine(sample, channel);
        var (normScale, after) = (NormScale(sample, channel), OutputMask(channel));
        var ofOutput = -scale * normScale * normScale * after * sums.GradientTimesDeviation / _voxels;
        return (scale * after, ofOutput, (-ofOutput * _mean[sample, channel]) - (scale * after * sums.Gradient / _voxels));
    }

    /// <summary>Contribution of one sample to the gradients of γ, β and the mask.</summary>
    public (double Gamma, double Beta, double Mask) ParameterGradients(int sample, int channel, in GradientSums sums)
    {
        var (normScale, after, s) = (NormScale(sample, channel), OutputMask(channel), _deviation[sample, channel]);
        var mask = _maskAfterActivation ? sums.MaskedOutput : _gamma[channel] * sums.GradientTimesDeviation * Epsilon / (s * s * s);
        return (after * normScale * sums.GradientTimesDeviation, after * sums.Gradient, mask);
    }

    private double InputMask(int channel) => _maskAfterActivation || _mask is null ? 1 : _mask[channel];

    private double NormScale(int sample, int channel) => InputMask(channel) / _deviation[sample, channel];
}

/// <summary>Sums over the voxels of one channel of one sample. g is the gradient of the unit's output, u the input of the activation.</summary>
/// <param name="Gradient">Σ g · LeakyReLU′(u).</param>
/// <param name="GradientTimesDeviation">Σ g · LeakyReLU′(u) · (y − μ).</param>
/// <param name="MaskedOutput">Σ g · LeakyReLU(u).</param>
/// <param name="BlockOutput">Σ h · LeakyReLU(u), where h is the gradient of the block's output.</param>
internal readonly record struct GradientSums(double Gradient, double GradientTimesDeviation, double MaskedOutput, double BlockOutput);

using AdwUNet.Networks;

namespace AdwUNet.Cpu;

/// <summary>
/// The instance norm of a convolution unit with its width mask: what it makes of the convolution's output, channel by channel, and the
/// derivatives of that. Sums over voxels come in, factors for loops over voxels go out; all in double precision.
/// </summary>
/// <remarks>
/// With the mask m in front of the norm (the published place) the output is γ · m(y − μ) / √(m²σ² + ε) + β, for m · y has the mean m · μ and the
/// standard deviation m · σ. The derivative with respect to m, (y − μ) · ε / (m²σ² + ε)^1.5, is what rounding leaves almost nothing of when
/// mask and norm are differentiated one after the other. A bias before the norm has no effect at all.
/// </remarks>
internal sealed class UnitNorm
{
    /// <summary>Added to the variance by every norm that the engine accepts.</summary>
    public const double Epsilon = InstanceNormalization.PublishedEpsilon;

    private readonly float[] _gamma;
    private readonly float[] _beta;
    private readonly float[]? _mask;
    private readonly bool _maskLast;
    private readonly double _voxels;
    private readonly double[,] _mean;
    private readonly double[,] _deviation; // √(m²σ² + ε), without m where the mask comes last

    /// <summary>Reads the statistics of the convolution's output.</summary>
    /// <param name="samples">Number of samples.</param>
    /// <param name="voxels">Voxels of a sample.</param>
    /// <param name="sums">Of the convolution's output.</param>
    /// <param name="gamma">The norm's scale.</param>
    /// <param name="beta">The norm's shift.</param>
    /// <param name="mask">A factor for each channel, not negative; null for none.</param>
    /// <param name="maskLast">Whether it comes after the activation, else before the norm.</param>
    public UnitNorm(int samples, double voxels, ChannelSums sums, float[] gamma, float[] beta, float[]? mask, bool maskLast)
    {
        (Samples, Channels, _voxels, _gamma, _beta, _mask, _maskLast) = (samples, gamma.Length, voxels, gamma, beta, mask, maskLast);
        _mean = new double[samples, Channels];
        _deviation = new double[samples, Channels];
        for (var n = 0; n < samples; n++)
        {
            for (var c = 0; c < Channels; c++)
            {
                (_mean[n, c], var variance) = sums.Moments(n, c, voxels);
                _deviation[n, c] = Math.Sqrt((Before(c) * Before(c) * variance) + Epsilon);
            }
        }
    }

    public int Samples { get; }

    public int Channels { get; }

    /// <summary>Whether <see cref="VoxelSums.MaskedOutput"/> is needed for the mask's gradient.</summary>
    public bool MaskLast => _maskLast && _mask is not null;

    /// <summary>Mean of a channel.</summary>
    public double Mean(int sample, int channel) => _mean[sample, channel];

    /// <summary>Scale and shift in front of the activation; the mask is in them only where it comes before the norm.</summary>
    public (double Scale, double Shift) Affine(int sample, int channel)
    {
        var scale = _gamma[channel] * Rate(sample, channel);
        return (scale, _beta[channel] - (scale * _mean[sample, channel]));
    }

    /// <summary>The factor behind the activation.</summary>
    public double After(int channel) => _maskLast && _mask is not null ? _mask[channel] : 1;

    /// <summary>Factors of the gradient with respect to the convolution's output: that of the activation's input, the output, and 1.</summary>
    public (double OfGradient, double OfOutput, double Constant) Backward(int sample, int channel, in VoxelSums sums)
    {
        var (scale, _) = Affine(sample, channel);
        var (rate, after) = (Rate(sample, channel), After(channel));
        var ofOutput = -scale * rate * rate * after * sums.GradientTimesDeviation / _voxels;
        return (scale * after, ofOutput, (-ofOutput * _mean[sample, channel]) - (scale * after * sums.Gradient / _voxels));
    }

    /// <summary>The contribution of a sample to the gradients of γ, β and the mask.</summary>
    public (double Gamma, double Beta, double Mask) ParameterGradients(int sample, int channel, in VoxelSums sums)
    {
        var (rate, after, s) = (Rate(sample, channel), After(channel), _deviation[sample, channel]);
        var mask = _maskLast ? sums.MaskedOutput : _gamma[channel] * sums.GradientTimesDeviation * Epsilon / (s * s * s);
        return (after * rate * sums.GradientTimesDeviation, after * sums.Gradient, mask);
    }

    private double Before(int channel) => _maskLast || _mask is null ? 1 : _mask[channel];

    private double Rate(int sample, int channel) => Before(channel) / _deviation[sample, channel];
}

/// <summary>Sums over the voxels of one channel of one sample, all with the gradient g of the unit's output.</summary>
/// <param name="Gradient">Σ g · LeakyReLU′.</param>
/// <param name="GradientTimesDeviation">Σ g · LeakyReLU′ · (y − μ).</param>
/// <param name="MaskedOutput">Σ g · LeakyReLU(u).</param>
/// <param name="BlockOutput">Σ of the gradient of the block's output times LeakyReLU(u).</param>
internal readonly record struct VoxelSums(double Gradient, double GradientTimesDeviation, double MaskedOutput, double BlockOutput);

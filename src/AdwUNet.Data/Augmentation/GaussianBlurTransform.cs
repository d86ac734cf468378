using AdwUNet.Imaging;

namespace AdwUNet.Augmentation;

/// <summary>Blurs channels with a Gaussian, each with a width of its own.</summary>
/// <remarks>As published it blurs across slices even where rotations stay in plane.</remarks>
public sealed record GaussianBlurTransform
{
    /// <summary>Standard deviations at which SciPy cuts the kernel off.</summary>
    private const double Truncate = 4;

    /// <summary>The probability for a sample.</summary>
    public double Probability { get; init; } = 0.2;

    /// <summary>The probability of each channel of such a sample.</summary>
    public double ChannelProbability { get; init; } = 0.5;

    /// <summary>The Gaussian's standard deviation in voxels, the same for all axes.</summary>
    public UniformRange Sigma { get; init; } = new(0.5, 1);

    internal void Apply(Span<float> image, Shape3 shape, float[] scratch, RandomSequence random)
    {
        if (!random.Bernoulli(Probability))
        {
            return;
        }

        var voxels = (int)shape.Count;
        var other = scratch.AsSpan(0, voxels);
        for (var start = 0; start < image.Length; start += voxels)
        {
            if (!random.Bernoulli(ChannelProbability))
            {
                continue;
            }

            var sigma = Sigma.Draw(random);
            if (sigma <= 0)
            {
                continue;
            }

            var channel = image.Slice(start, voxels);
            AxisOperator.GaussianBlur(shape.Z, sigma, Truncate).Apply(channel, shape, 0, other);
            AxisOperator.GaussianBlur(shape.Y, sigma, Truncate).Apply(other, shape, 1, channel);
            AxisOperator.GaussianBlur(shape.X, sigma, Truncate).Apply(channel, shape, 2, other);
            other.CopyTo(channel);
        }
    }
}

using AdwUNet.Imaging;

namespace AdwUNet.Augmentation;

/// <summary>
/// Multiplies each channel's distance from its mean by a factor of its own and cuts the result to the range that the channel had.
/// </summary>
public sealed record ContrastTransform
{
    /// <summary>The probability for a sample.</summary>
    public double Probability { get; init; } = 0.15;

    /// <summary>The factor; half of the draws are below 1.</summary>
    public UniformRange Factor { get; init; } = new(0.75, 1.25);

    internal void Apply(Span<float> image, Shape3 shape, RandomSequence random)
    {
        if (!random.Bernoulli(Probability))
        {
            return;
        }

        var voxels = (int)shape.Count;
        for (var start = 0; start < image.Length; start += voxels)
        {
            var channel = image.Slice(start, voxels);
            var factor = Factor.DrawFactor(random);
            var (mean, _) = Intensities.Moments(channel);
            var (min, max) = Intensities.Range(channel);
            Intensities.Scale(channel, (float)factor, (float)(mean * (1 - factor)));
            Intensities.Clip(channel, min, max);
        }
    }
}

using AdwUNet.Imaging;

namespace AdwUNet.Augmentation;

/// <summary>
/// Scales each channel to the range 0..1, raises it to a power of its own, and restores its range and, on request, its mean and
/// standard deviation.
/// </summary>
public sealed record GammaTransform
{
    /// <summary>Keeps a constant channel from being divided by 0 (batchgenerators).</summary>
    private const double RangeEpsilon = 1e-7;

    /// <summary>The same for its standard deviation.</summary>
    private const double DeviationEpsilon = 1e-8;

    /// <summary>The probability for a sample.</summary>
    public double Probability { get; init; } = 0.3;

    /// <summary>The exponent; half of the draws are below 1.</summary>
    public UniformRange Exponent { get; init; } = new(0.7, 1.5);

    /// <summary>Whether the intensities are inverted before the power and again after it, so that it stretches the other end of the range.</summary>
    public bool Inverted { get; init; }

    /// <summary>Whether mean and standard deviation of the channel stay what they were.</summary>
    public bool RetainStatistics { get; init; } = true;

    internal void Apply(Span<float> image, Shape3 shape, RandomSequence random)
    {
        if (!random.Bernoulli(Probability))
        {
            return;
        }

        var voxels = (int)shape.Count;
        for (var start = 0; start < image.Length; start += voxels)
        {
            Apply(image.Slice(start, voxels), Exponent.DrawFactor(random));
        }
    }

    private void Apply(Span<float> channel, double exponent)
    {
        var (mean, deviation) = Intensities.Moments(channel);
        var (min, max) = Intensities.Range(channel);

        // Inverting is the same with the largest value as the zero and distances counted downwards from it.
        var range = (double)max - min + RangeEpsilon;
        var (zero, unit) = Inverted ? (max, -range) : (min, range);
        Intensities.Scale(channel, (float)(1 / unit), (float)(-zero / unit));
        Intensities.Clip(channel, 0, 1);
        Intensities.Power(channel, (float)exponent);
        Intensities.Scale(channel, (float)unit, zero);
        if (RetainStatistics)
        {
            var (newMean, newDeviation) = Intensities.Moments(channel);
            var factor = deviation / (newDeviation + DeviationEpsilon);
            Intensities.Scale(channel, (float)factor, (float)(mean - (newMean * factor)));
        }
    }
}

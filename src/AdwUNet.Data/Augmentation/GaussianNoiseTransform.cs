namespace AdwUNet.Augmentation;

/// <summary>Adds normally distributed noise of one strength to all channels.</summary>
public sealed record GaussianNoiseTransform
{
    /// <summary>The probability for a sample.</summary>
    public double Probability { get; init; } = 0.1;

    /// <summary>
    /// The noise's standard deviation. batchgenerators calls its range a variance but passes the draw on as the standard
    /// deviation; this is what it does.
    /// </summary>
    public UniformRange StandardDeviation { get; init; } = new(0, 0.1);

    internal void Apply(Span<float> image, RandomSequence random)
    {
        if (!random.Bernoulli(Probability))
        {
            return;
        }

        var deviation = StandardDeviation.Draw(random);
        foreach (ref var value in image)
        {
            value += (float)(deviation * random.NextNormal());
        }
    }
}

namespace AdwUNet.Sampling;

/// <summary>The bounds between which a transform draws its strength.</summary>
/// <param name="Low">The lower bound.</param>
/// <param name="High">The upper bound.</param>
public readonly record struct UniformRange(double Low, double High)
{
    /// <summary>A uniform draw.</summary>
    internal double Draw(RandomSequence random) => random.Uniform(Low, High);

    /// <summary>
    /// A draw of a factor: half of the time between the lower bound and 1, else between 1 and the upper bound, so that making
    /// smaller is as frequent as making larger (batchgenerators).
    /// </summary>
    internal double DrawFactor(RandomSequence random) => random.Bernoulli(0.5) && Low < 1
        ? random.Uniform(Low, Math.Min(1, High))
        : random.Uniform(Math.Max(Low, 1), Math.Max(High, Math.Max(Low, 1)));
}

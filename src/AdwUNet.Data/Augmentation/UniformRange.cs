namespace AdwUNet.Augmentation;

/// <summary>The bounds between which a transform draws its strength.</summary>
/// <param name="Low">The lower bound.</param>
/// <param name="High">The upper bound.</param>
public readonly record struct UniformRange(double Low, double High)
{
    /// <summary>A uniform draw.</summary>
    internal double Draw(RandomSequence random) => random.Uniform(Low, High);

    /// <summary>
    /// A draw of a factor: if 1 lies between the bounds, half of the time below 1 and else above, so that making smaller is
    /// as frequent as making larger (batchgenerators).
    /// </summary>
    internal double DrawFactor(RandomSequence random)
    {
        if (High < 1 || Low >= 1)
        {
            return Draw(random);
        }

        return random.Bernoulli(0.5) ? random.Uniform(Low, 1) : random.Uniform(1, High);
    }
}

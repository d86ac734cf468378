using AdwUNet.Imaging;

namespace AdwUNet.Augmentation;

/// <summary>Multiplies each channel by a factor of its own.</summary>
public sealed record BrightnessTransform
{
    /// <summary>The probability for a sample.</summary>
    public double Probability { get; init; } = 0.15;

    /// <summary>The factor.</summary>
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
            Intensities.Scale(image.Slice(start, voxels), (float)Factor.Draw(random), 0);
        }
    }
}

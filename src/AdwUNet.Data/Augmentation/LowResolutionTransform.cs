using AdwUNet.Imaging;

namespace AdwUNet.Augmentation;

/// <summary>
/// Simulates a coarser scan: channels, each with a factor of its own, are reduced by nearest neighbour and enlarged again by
/// cubic splines, clipped to the range of the reduced channel.
/// </summary>
public sealed record LowResolutionTransform
{
    /// <summary>The probability for a sample.</summary>
    public double Probability { get; init; } = 0.25;

    /// <summary>The probability of each channel of such a sample.</summary>
    public double ChannelProbability { get; init; } = 0.5;

    /// <summary>The size of the reduced channel relative to the patch, the same for all axes.</summary>
    public UniformRange Zoom { get; init; } = new(0.5, 1);

    /// <param name="image">(channel, z, y, x).</param>
    /// <param name="shape">The patch.</param>
    /// <param name="inPlane">Whether the number of slices stays.</param>
    /// <param name="scratch">At least as long as one channel.</param>
    /// <param name="random">The source of random numbers.</param>
    internal void Apply(Span<float> image, Shape3 shape, bool inPlane, float[] scratch, RandomSequence random)
    {
        if (!random.Bernoulli(Probability))
        {
            return;
        }

        var voxels = (int)shape.Count;
        for (var start = 0; start < image.Length; start += voxels)
        {
            if (random.Bernoulli(ChannelProbability))
            {
                var zoom = Zoom.Draw(random);
                Shape3 small = new(inPlane ? shape.Z : Scaled(shape.Z, zoom), Scaled(shape.Y, zoom), Scaled(shape.X, zoom));
                Apply(image.Slice(start, voxels), shape, small, scratch);
            }
        }
    }

    private static int Scaled(int size, double zoom) => Math.Clamp((int)Math.Round(size * zoom), 1, size);

    private static void Apply(Span<float> channel, Shape3 shape, Shape3 small, float[] scratch)
    {
        if (small == shape)
        {
            return;
        }

        var reduced = scratch.AsSpan(0, (int)small.Count);
        DownsampledTargets.Resize(channel, shape, reduced, small);
        var (min, max) = Intensities.Range(reduced);

        // Slices first, since enlarging an axis makes more work for those after it.
        Shape3 first = new(shape.Z, small.Y, small.X);
        Shape3 second = new(shape.Z, shape.Y, small.X);
        var target = channel[..(int)first.Count];
        AxisOperator.CubicResize(small.Z, shape.Z).Apply(reduced, small, 0, target);
        var between = scratch.AsSpan(0, (int)second.Count);
        AxisOperator.CubicResize(small.Y, shape.Y).Apply(target, first, 1, between);
        AxisOperator.CubicResize(small.X, shape.X).Apply(between, second, 2, channel);
        Intensities.Clip(channel, min, max);
    }
}

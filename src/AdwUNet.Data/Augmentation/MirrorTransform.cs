using AdwUNet.Imaging;

namespace AdwUNet.Augmentation;

/// <summary>Reverses image and labels along axes that are drawn one by one.</summary>
public sealed record MirrorTransform
{
    /// <summary>The probability of each axis on its own.</summary>
    public double Probability { get; init; } = 0.5;

    /// <summary>The axes that may be reversed: 0 = z, 1 = y, 2 = x.</summary>
    public IReadOnlyList<int> Axes { get; init; } = [0, 1, 2];

    internal void Apply(Span<float> image, Span<short> labels, Shape3 shape, RandomSequence random)
    {
        foreach (var axis in Axes)
        {
            if (random.Bernoulli(Probability))
            {
                Reverse(image, shape, axis);
                Reverse(labels, shape, axis);
            }
        }
    }

    /// <summary>Reverses one axis of an array that holds one or more volumes of a shape, one after the other.</summary>
    internal static void Reverse<T>(Span<T> data, Shape3 shape, int axis)
    {
        // A block is what moves as a whole; blocks along the axis swap places pairwise.
        var length = shape[axis];
        var block = axis switch
        {
            0 => shape.Y * shape.X,
            1 => shape.X,
            _ => 1,
        };
        if (block == 1)
        {
            for (var start = 0; start < data.Length; start += length)
            {
                data.Slice(start, length).Reverse();
            }

            return;
        }

        for (var start = 0; start < data.Length; start += length * block)
        {
            for (int low = 0, high = length - 1; low < high; low++, high--)
            {
                Swap(data.Slice(start + (low * block), block), data.Slice(start + (high * block), block));
            }
        }
    }

    private static void Swap<T>(Span<T> first, Span<T> second)
    {
        for (var i = 0; i < first.Length; i++)
        {
            (first[i], second[i]) = (second[i], first[i]);
        }
    }
}

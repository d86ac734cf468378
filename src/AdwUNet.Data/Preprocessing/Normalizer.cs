using AdwUNet.Planning;

namespace AdwUNet.Preprocessing;

/// <summary>Normalises the intensities of one channel in place, as nnU-Net v1 does.</summary>
internal static class Normalizer
{
    // nnU-Net v1 adds it to a case's standard deviation, so that a constant image becomes 0.
    private const double MinDeviation = 1e-8;

    // What one thread takes at a time. Fixed, so that sums are made of the same parts whatever the number of threads.
    private const int BlockLength = 1 << 14;

    private const float LargestColour = 255;

    /// <param name="image">Intensities.</param>
    /// <param name="labels">Their labels, of which only −1 (outside) matters.</param>
    /// <param name="normalization">How.</param>
    public static void Apply(Memory<float> image, ReadOnlyMemory<short> labels, ChannelNormalization normalization)
    {
        switch (normalization.Scheme)
        {
            case NormalizationScheme.CT:
                FromDataset(image, normalization.Intensities
                    ?? throw new PlanException("The plan normalises a channel as CT without its intensities; make the plan again."));
                break;
            case NormalizationScheme.None:
                break;
            case NormalizationScheme.RescaleTo01:
                RescaleTo01(image);
                break;
            case NormalizationScheme.RgbTo01:
                ForBlocks(image.Length, (_, start, length) => Scale(image.Span.Slice(start, length), 0, LargestColour));
                break;
            case NormalizationScheme.MaskedZScore:
                FromCase(image, labels);
                break;
            default:
                FromCase(image, labels: default);
                break;
        }
    }

    private static void FromDataset(Memory<float> image, IntensityStatistics intensities)
    {
        var (low, high) = ((float)intensities.Percentile005, (float)intensities.Percentile995);

        // A dataset whose foreground has one intensity only would otherwise give values that are not numbers.
        var deviation = intensities.StandardDeviation > 0 ? intensities.StandardDeviation : MinDeviation;
        ForBlocks(image.Length, (_, start, length) =>
        {
            foreach (ref var value in image.Span.Slice(start, length))
            {
                value = (float)((Math.Clamp(value, low, high) - intensities.Mean) / deviation);
            }
        });
    }

    private static void RescaleTo01(Memory<float> image)
    {
        if (image.IsEmpty) return;
        var (low, high) = (float.PositiveInfinity, float.NegativeInfinity);
        foreach (var value in image.Span) (low, high) = (Math.Min(low, value), Math.Max(high, value));
        var range = Math.Max(high - low, (float)MinDeviation);
        ForBlocks(image.Length, (_, start, length) => Scale(image.Span.Slice(start, length), low, range));
    }

    private static void Scale(Span<float> values, float low, float range)
    {
        foreach (ref var value in values) value = (value - low) / range;
    }

    /// <summary>Over all voxels, or over those whose label is not −1; the others become 0.</summary>
    private static void FromCase(Memory<float> image, ReadOnlyMemory<short> labels)
    {
        var masked = !labels.IsEmpty;
        var parts = new Moments[(image.Length + BlockLength - 1) / BlockLength];
        ForBlocks(image.Length, (block, start, length) =>
            parts[block] = Moments.Of(image.Span.Slice(start, length), masked ? labels.Span.Slice(start, length) : default));
        var whole = parts.Aggregate(default(Moments), (sum, part) => sum.With(part));
        var deviation = (whole.Count == 0 ? 0 : Math.Sqrt(whole.Squares / whole.Count)) + MinDeviation;
        ForBlocks(image.Length, (_, start, length) =>
        {
            var values = image.Span.Slice(start, length);
            var inside = masked ? labels.Span.Slice(start, length) : default;
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = inside.IsEmpty || inside[i] >= 0 ? (float)((values[i] - whole.Mean) / deviation) : 0;
            }
        });
    }

    private static void ForBlocks(int length, Action<int, int, int> work) => Parallel.For(
        0,
        (length + BlockLength - 1) / BlockLength,
        block => work(block, block * BlockLength, Math.Min(BlockLength, length - (block * BlockLength))));

    /// <summary>Number, mean, and sum of squared distances from the mean.</summary>
    private readonly record struct Moments(long Count, double Mean, double Squares)
    {
        /// <summary>Of all values, or of those whose label is not −1.</summary>
        public static Moments Of(ReadOnlySpan<float> values, ReadOnlySpan<short> labels)
        {
            var (sum, count) = (0.0, 0L);
            for (var i = 0; i < values.Length; i++)
            {
                if (labels.IsEmpty || labels[i] >= 0)
                {
                    sum += values[i];
                    count++;
                }
            }

            var mean = count == 0 ? 0 : sum / count;
            var squares = 0.0;
            for (var i = 0; i < values.Length; i++)
            {
                if (labels.IsEmpty || labels[i] >= 0)
                {
                    squares += (values[i] - mean) * (values[i] - mean);
                }
            }

            return new(count, mean, squares);
        }

        /// <summary>Those of both sets together (Chan, Golub and LeVeque 1983).</summary>
        public Moments With(Moments other)
        {
            if (Count == 0 || other.Count == 0)
            {
                return Count == 0 ? other : this;
            }

            var count = Count + other.Count;
            var distance = other.Mean - Mean;
            return new(
                count,
                Mean + (distance * other.Count / count),
                Squares + other.Squares + (distance * distance * Count * other.Count / count));
        }
    }
}

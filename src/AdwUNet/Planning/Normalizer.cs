namespace AdwUNet.Planning;

/// <summary>Normalises the intensities of one channel in place, as nnU-Net v1 does.</summary>
internal static class Normalizer
{
    // nnU-Net v1 adds it to a case's standard deviation, so that a constant image becomes 0.
    private const double MinDeviation = 1e-8;

    public static void Apply(Span<float> image, ReadOnlySpan<short> labels, ChannelNormalization normalization)
    {
        switch (normalization.Scheme)
        {
            case NormalizationScheme.CT:
                FromDataset(image, normalization.Intensities
                    ?? throw new PlanException("The plan normalises a channel as CT without its intensities; make the plan again."));
                break;
            case NormalizationScheme.MaskedZScore:
                FromCase(image, labels);
                break;
            default:
                FromCase(image, labels: default);
                break;
        }
    }

    private static void FromDataset(Span<float> image, IntensityStatistics intensities)
    {
        var (low, high) = ((float)intensities.Percentile005, (float)intensities.Percentile995);

        // A dataset whose foreground has one intensity only would otherwise give values that are not numbers.
        var deviation = intensities.StandardDeviation > 0 ? intensities.StandardDeviation : MinDeviation;
        for (var i = 0; i < image.Length; i++)
        {
            image[i] = (float)((Math.Clamp(image[i], low, high) - intensities.Mean) / deviation);
        }
    }

    /// <summary>Over all voxels, or over those whose label is not −1; the others become 0.</summary>
    private static void FromCase(Span<float> image, ReadOnlySpan<short> labels)
    {
        var masked = !labels.IsEmpty;
        var (sum, count) = (0.0, 0L);
        for (var i = 0; i < image.Length; i++)
        {
            if (!masked || labels[i] >= 0)
            {
                sum += image[i];
                count++;
            }
        }

        var mean = count == 0 ? 0 : sum / count;
        var squares = 0.0;
        for (var i = 0; i < image.Length; i++)
        {
            if (!masked || labels[i] >= 0)
            {
                squares += (image[i] - mean) * (image[i] - mean);
            }
        }

        var deviation = (count == 0 ? 0 : Math.Sqrt(squares / count)) + MinDeviation;
        for (var i = 0; i < image.Length; i++)
        {
            image[i] = !masked || labels[i] >= 0 ? (float)((image[i] - mean) / deviation) : 0;
        }
    }
}

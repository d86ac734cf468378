namespace AdwUNet.Planning;

/// <summary>How the intensities of one channel are normalised.</summary>
public enum NormalizationScheme
{
    /// <summary>Subtract the case's mean and divide by its standard deviation.</summary>
    ZScore,

    /// <summary>The same over non-zero voxels only; the others become 0.</summary>
    MaskedZScore,

    /// <summary>Clip to the fingerprint's percentiles, subtract its mean, divide by its standard deviation.</summary>
    CT,

    /// <summary>Intensities stay as they are (nnU-Net v2's <c>noNorm</c>).</summary>
    None,

    /// <summary>Subtract the case's smallest value and divide by its range (nnU-Net v2's <c>rescale_to_0_1</c>).</summary>
    RescaleTo01,

    /// <summary>Divide by 255, the largest value of a colour (nnU-Net v2's <c>rgb_to_0_1</c>).</summary>
    RgbTo01,
}

/// <summary>The normalisation of one channel.</summary>
/// <param name="Scheme">Which one.</param>
/// <param name="Intensities">The dataset's foreground intensities of this channel; only CT uses them.</param>
public sealed record ChannelNormalization(NormalizationScheme Scheme, IntensityStatistics? Intensities = null);

/// <summary>Statistics of a channel's foreground voxels over the training set.</summary>
/// <param name="Mean">Mean.</param>
/// <param name="StandardDeviation">Standard deviation (population).</param>
/// <param name="Percentile005">The 0.5th percentile.</param>
/// <param name="Percentile995">The 99.5th percentile.</param>
/// <param name="Median">Median.</param>
/// <param name="Min">Smallest value.</param>
/// <param name="Max">Largest value.</param>
public sealed record IntensityStatistics(
    double Mean,
    double StandardDeviation,
    double Percentile005,
    double Percentile995,
    double Median,
    double Min,
    double Max)
{
    /// <summary>Whether all of them are finite numbers.</summary>
    internal bool IsFinite => new[] { Mean, StandardDeviation, Percentile005, Percentile995, Median, Min, Max }.All(double.IsFinite);
}

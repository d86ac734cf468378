using AdwUNet.Augmentation;
using AdwUNet.Planning;
using AdwUNet.Preprocessing;

namespace AdwUNet.Sampling;

/// <summary>Checks the cases and the options of sampling and augmentation; an error names the case or the option.</summary>
internal static class SamplingCheck
{
    // Far beyond use, and what keeps a typing error from asking for endless memory or giving numbers that are not finite.
    private const double MostDegrees = 3600;
    private const double LargestFactor = 100;
    private const double LargestSigma = 100;
    private const double LargestDeviation = 1e6;
    private const double Smallest = 1e-3;

    /// <exception cref="SamplingException">There are no cases, or one does not fit the plan.</exception>
    public static void Require(IReadOnlyList<IPreprocessedCase> cases, Plan plan)
    {
        if (cases.Count == 0)
        {
            throw new SamplingException($"There are no cases of {plan.Dataset} to draw batches from; give at least one.");
        }

        foreach (var item in cases)
        {
            if (item.Channels != plan.Modalities.Count)
            {
                throw new SamplingException(
                    $"The case {item.Id} has {item.Channels} channels where the plan of {plan.Dataset} has {plan.Modalities.Count}; preprocess it with this plan.");
            }

            if (item.Shape.Count == 0)
            {
                throw new SamplingException($"The case {item.Id} has no voxels ({item.Shape}); preprocess it again.");
            }
        }
    }

    /// <exception cref="SamplingException">A probability is not between 0 and 1, or a range is upside down or beyond use.</exception>
    public static void Require(AugmentationOptions options)
    {
        if (options.Spatial is { } spatial)
        {
            Probability("spatial.rotationProbability", spatial.RotationProbability);
            Probability("spatial.scalingProbability", spatial.ScalingProbability);
            Range("spatial.rotationDegrees", spatial.RotationDegrees, -MostDegrees, MostDegrees);
            Range("spatial.inPlaneRotationDegrees", spatial.InPlaneRotationDegrees, -MostDegrees, MostDegrees);
            Range("spatial.scaling", spatial.Scaling, Smallest, LargestFactor);
        }

        if (options.GaussianNoise is { } noise)
        {
            Probability("gaussianNoise.probability", noise.Probability);
            Range("gaussianNoise.standardDeviation", noise.StandardDeviation, 0, LargestDeviation);
        }

        if (options.GaussianBlur is { } blur)
        {
            Probability("gaussianBlur.probability", blur.Probability);
            Probability("gaussianBlur.channelProbability", blur.ChannelProbability);
            Range("gaussianBlur.sigma", blur.Sigma, 0, LargestSigma);
        }

        if (options.Brightness is { } brightness)
        {
            Probability("brightness.probability", brightness.Probability);
            Range("brightness.factor", brightness.Factor, 0, LargestFactor);
        }

        if (options.Contrast is { } contrast)
        {
            Probability("contrast.probability", contrast.Probability);
            Range("contrast.factor", contrast.Factor, 0, LargestFactor);
        }

        RequireRest(options);
    }

    private static void RequireRest(AugmentationOptions options)
    {
        if (options.LowResolution is { } coarser)
        {
            Probability("lowResolution.probability", coarser.Probability);
            Probability("lowResolution.channelProbability", coarser.ChannelProbability);
            Range("lowResolution.zoom", coarser.Zoom, Smallest, 1);
        }

        foreach (var (name, gamma) in new[] { ("invertedGamma", options.InvertedGamma), ("gamma", options.Gamma) })
        {
            if (gamma is not null)
            {
                Probability($"{name}.probability", gamma.Probability);
                Range($"{name}.exponent", gamma.Exponent, Smallest, LargestFactor);
            }
        }

        if (options.Mirror is { } mirror)
        {
            Probability("mirror.probability", mirror.Probability);
            if (mirror.Axes.Any(axis => axis is < 0 or > 2) || mirror.Axes.Distinct().Count() != mirror.Axes.Count)
            {
                throw Fault("mirror.axes", $"is [{string.Join(", ", mirror.Axes)}]; give each of 0 (z), 1 (y) and 2 (x) at most once");
            }
        }
    }

    private static void Probability(string name, double value)
    {
        if (!(value is >= 0 and <= 1))
        {
            throw Fault(name, $"is {value}; give a probability from 0 to 1");
        }
    }

    private static void Range(string name, UniformRange range, double lowest, double highest)
    {
        if (!(range.Low >= lowest && range.High <= highest && range.Low <= range.High))
        {
            throw Fault(name, $"is {range.Low} to {range.High}; give a range within {lowest} to {highest}, the lower bound first");
        }
    }

    private static SamplingException Fault(string name, string what) => new($"The option augmentation.{name} of the sampling {what}.");
}

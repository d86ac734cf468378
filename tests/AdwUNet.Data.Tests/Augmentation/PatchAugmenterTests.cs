using System.Diagnostics;
using AdwUNet.Augmentation;
using AdwUNet.Imaging;
using AdwUNet.Planning;
using AdwUNet.Sampling;
using CsCheck;

namespace AdwUNet.Data.Tests.Augmentation;

public class PatchAugmenterTests
{
    private static readonly Shape3 Patch = new(12, 16, 20);

    [Fact]
    public void Default_options_are_the_published_ones()
    {
        var options = AugmentationOptions.Default;
        Assert.Equal(
            [0.2, 0.2, 0.1, 0.2, 0.15, 0.15, 0.25, 0.1, 0.3, 0.5],
            new double?[]
            {
                options.Spatial?.RotationProbability,
                options.Spatial?.ScalingProbability,
                options.GaussianNoise?.Probability,
                options.GaussianBlur?.Probability,
                options.Brightness?.Probability,
                options.Contrast?.Probability,
                options.LowResolution?.Probability,
                options.InvertedGamma?.Probability,
                options.Gamma?.Probability,
                options.Mirror?.Probability,
            }.Select(p => p ?? double.NaN));
        Assert.True(options.InvertedGamma?.Inverted);
        Assert.False(options.Gamma?.Inverted);
        Assert.True(options.InvertedGamma?.RetainStatistics);
        Assert.True(options.Gamma?.RetainStatistics);
        Assert.Equal((0.5, 0.5), (options.GaussianBlur!.ChannelProbability, options.LowResolution!.ChannelProbability));
        Assert.Equal(ImageInterpolation.Cubic, options.Spatial?.Interpolation);
        Assert.Equal([0, 1, 2], options.Mirror!.Axes);
    }

    [Fact]
    public void Default_ranges_are_the_published_ones()
    {
        var options = AugmentationOptions.Default;
        Assert.Equal(
            [new(-30, 30), new(-180, 180), new(0.7, 1.4), new(0, 0.1), new(0.5, 1), new(0.75, 1.25), new(0.75, 1.25), new(0.5, 1), new(0.7, 1.5), new(0.7, 1.5)],
            new[]
            {
                options.Spatial?.RotationDegrees,
                options.Spatial?.InPlaneRotationDegrees,
                options.Spatial?.Scaling,
                options.GaussianNoise?.StandardDeviation,
                options.GaussianBlur?.Sigma,
                options.Brightness?.Factor,
                options.Contrast?.Factor,
                options.LowResolution?.Zoom,
                options.InvertedGamma?.Exponent,
                options.Gamma?.Exponent,
            }.Select(range => range!.Value));
    }

    [Fact]
    public void No_augmentation_is_a_plain_copy()
    {
        var item = FakeCase.Random(1, Patch);
        var (image, labels) = Fill(item, AugmentationOptions.None, FakeCase.Plan(Patch), 1);
        Assert.Equal(item.Image.ToArray(), image);
        Assert.Equal(item.Labels.ToArray(), labels);
    }

    [Fact]
    public void All_transforms_together_give_finite_intensities_and_known_labels() => Gen.ULong.Sample(
        seed =>
        {
            var item = FakeCase.Random(1, new(10, 20, 19), channels: 2);
            foreach (var inPlane in new[] { false, true })
            {
                var (image, labels) = Fill(item, EverythingAlways, FakeCase.Plan(Patch, channels: 2, inPlane: inPlane), seed);
                Assert.All(image, v => Assert.True(float.IsFinite(v)));
                Assert.All(labels, l => Assert.InRange(l, (short)-1, (short)2));
                Assert.Equal(image, Fill(item, EverythingAlways, FakeCase.Plan(Patch, channels: 2, inPlane: inPlane), seed).Image);
            }
        },
        iter: 20);

    [Fact]
    public void Every_transform_changes_the_patch_by_itself()
    {
        var item = FakeCase.Random(1, Patch);
        AugmentationOptions[] single =
        [
            AugmentationOptions.None with { Spatial = EverythingAlways.Spatial },
            AugmentationOptions.None with { GaussianNoise = EverythingAlways.GaussianNoise },
            AugmentationOptions.None with { GaussianBlur = EverythingAlways.GaussianBlur },
            AugmentationOptions.None with { Brightness = EverythingAlways.Brightness },
            AugmentationOptions.None with { Contrast = EverythingAlways.Contrast },
            AugmentationOptions.None with { LowResolution = EverythingAlways.LowResolution },
            AugmentationOptions.None with { InvertedGamma = EverythingAlways.InvertedGamma },
            AugmentationOptions.None with { Gamma = EverythingAlways.Gamma },
            AugmentationOptions.None with { Mirror = EverythingAlways.Mirror },
        ];
        var results = single.Select(options => Fill(item, options, FakeCase.Plan(Patch), 3)).ToArray();
        Assert.All(results, result => Assert.NotEqual(item.Image.ToArray(), result.Image));
        Assert.Equal(results.Length, results.DistinctBy(result => result.Image.Sum(v => (double)v * v * v) + result.Image[7]).Count());

        // Only the first and the last move voxels.
        Assert.Equal(
            [false, true, true, true, true, true, true, true, false],
            results.Select(result => result.Labels.AsSpan().SequenceEqual(item.Labels)));
    }

    [Fact]
    public void Masked_channels_are_zero_where_nothing_is_known()
    {
        var item = FakeCase.Random(1, Patch, channels: 2);
        var plan = FakeCase.Plan(Patch, channels: 2) with
        {
            Normalization = [new(NormalizationScheme.MaskedZScore), new(NormalizationScheme.ZScore)],
        };
        var noise = AugmentationOptions.None with { GaussianNoise = EverythingAlways.GaussianNoise };
        var (image, labels) = Fill(item, noise, plan, 1);
        Assert.Contains((short)-1, labels);
        for (var i = 0; i < labels.Length; i++)
        {
            Assert.Equal(labels[i] < 0, image[i] == 0);
            Assert.NotEqual(0, image[labels.Length + i]);
        }
    }

    [Fact]
    public void A_hippocampus_patch_takes_milliseconds()
    {
        // Far more than it takes, and the best of several rounds, so that a busy machine passes and a change in kind does not.
        const int Rounds = 5;
        const int Samples = 40;
        const double Budget = 100;
        var patch = new Shape3(40, 56, 40);
        var item = FakeCase.Random(1, new(36, 50, 35));
        var augmenter = new PatchAugmenter(AugmentationOptions.Default, FakeCase.Plan(patch));
        var image = new float[patch.Count];
        var labels = new short[patch.Count];
        var best = double.MaxValue;
        for (var round = 0; round < Rounds; round++)
        {
            var watch = Stopwatch.StartNew();
            for (var i = 0; i < Samples; i++)
            {
                augmenter.Fill(new(item, new(-2, -3, -3)), patch, image, labels, new(1, "time", i));
            }

            best = Math.Min(best, watch.Elapsed.TotalMilliseconds / Samples);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{best:0.00} ms per augmented patch of {patch}");
        Assert.InRange(best, 0, Budget);
    }

    private static AugmentationOptions EverythingAlways { get; } = new()
    {
        Spatial = new() { RotationProbability = 1, ScalingProbability = 1 },
        GaussianNoise = new() { Probability = 1 },
        GaussianBlur = new() { Probability = 1, ChannelProbability = 1 },
        Brightness = new() { Probability = 1 },
        Contrast = new() { Probability = 1 },
        LowResolution = new() { Probability = 1, ChannelProbability = 1 },
        InvertedGamma = new() { Probability = 1, Inverted = true },
        Gamma = new() { Probability = 1 },
        Mirror = new() { Probability = 1 },
    };

    private static (float[] Image, short[] Labels) Fill(FakeCase item, AugmentationOptions options, Plan plan, ulong seed)
    {
        var image = new float[item.Channels * Patch.Count];
        var labels = new short[Patch.Count];
        new PatchAugmenter(options, plan).Fill(new(item, default), Patch, image, labels, new(seed, "fill", 0));
        return (image, labels);
    }
}

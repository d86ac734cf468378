using AdwUNet.Augmentation;
using AdwUNet.Imaging;
using AdwUNet.Sampling;
using CsCheck;

namespace AdwUNet.Data.Tests.Augmentation;

public class IntensityTransformTests
{
    private const double Tolerance = 2e-4;
    private static readonly Shape3 Shape = new(5, 9, 13);
    private static readonly UniformRange One = new(1, 1);
    private static readonly Gen<ulong> Seeds = Gen.ULong;

    [Fact]
    public void Strength_zero_changes_nothing() => Seeds.Sample(seed =>
    {
        var image = Image(seed, channels: 2);
        Assert.All<Action<float[]>>(
            [
                i => new GaussianNoiseTransform { Probability = 1, StandardDeviation = new(0, 0) }.Apply(i, Random(seed)),
                i => new GaussianBlurTransform { Probability = 1, ChannelProbability = 1, Sigma = new(0, 0) }
                    .Apply(i, Shape, Scratch(), Random(seed)),
                i => new BrightnessTransform { Probability = 1, Factor = One }.Apply(i, Shape, Random(seed)),
                i => new ContrastTransform { Probability = 1, Factor = One }.Apply(i, Shape, Random(seed)),
                i => new LowResolutionTransform { Probability = 1, ChannelProbability = 1, Zoom = One }
                    .Apply(i, Shape, false, Scratch(), Random(seed)),
                i => new GammaTransform { Probability = 1, Exponent = One }.Apply(i, Shape, Random(seed)),
                i => new GammaTransform { Probability = 1, Exponent = One, Inverted = true, RetainStatistics = false }
                    .Apply(i, Shape, Random(seed)),
            ],
            transform => AssertClose(image, Apply(transform, image), 2e-5));
    });

    [Fact]
    public void Probability_zero_changes_nothing_at_all()
    {
        var image = Image(1, channels: 2);
        Assert.All<Action<float[]>>(
            [
                i => new GaussianNoiseTransform { Probability = 0 }.Apply(i, Random(1)),
                i => new GaussianBlurTransform { Probability = 0 }.Apply(i, Shape, Scratch(), Random(1)),
                i => new GaussianBlurTransform { Probability = 1, ChannelProbability = 0 }.Apply(i, Shape, Scratch(), Random(1)),
                i => new BrightnessTransform { Probability = 0 }.Apply(i, Shape, Random(1)),
                i => new ContrastTransform { Probability = 0 }.Apply(i, Shape, Random(1)),
                i => new LowResolutionTransform { Probability = 0 }.Apply(i, Shape, false, Scratch(), Random(1)),
                i => new GammaTransform { Probability = 0 }.Apply(i, Shape, Random(1)),
            ],
            transform => Assert.Equal(image, Apply(transform, image)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Gamma_keeps_mean_deviation_and_order(bool inverted) => Seeds.Sample(seed =>
    {
        var image = Image(seed);
        var result = Apply(
            i => new GammaTransform { Probability = 1, Inverted = inverted }.Apply(i, Shape, Random(seed)), image);
        var (mean, deviation) = Intensities.Moments(image);
        var (newMean, newDeviation) = Intensities.Moments(result);
        Assert.Equal(mean, newMean, Tolerance);
        Assert.Equal(deviation, newDeviation, Tolerance);
        Assert.NotEqual(image, result);
        var order = Enumerable.Range(0, image.Length).OrderBy(i => image[i]).ToArray();
        Assert.All(order.Zip(order.Skip(1)), pair => Assert.True(result[pair.Second] >= result[pair.First] - Tolerance));
    });

    [Fact]
    public void Gamma_follows_its_formula()
    {
        float[] image = [-1, 0, 1, 3];
        var plain = new GammaTransform { Probability = 1, Exponent = new(2, 2), RetainStatistics = false };
        AssertClose([-1, -0.75f, 0, 3], Apply(i => plain.Apply(i, new(1, 1, 4), Random(1)), image), 1e-5);
        AssertClose(
            [-1, 0.75f, 2, 3], Apply(i => (plain with { Inverted = true }).Apply(i, new(1, 1, 4), Random(1)), image), 1e-5);
    }

    [Fact]
    public void A_constant_channel_stays_finite_and_constant()
    {
        float[] image = [.. Enumerable.Repeat(0.5f, (int)Shape.Count)];
        Assert.All<Action<float[]>>(
            [
                i => new GammaTransform { Probability = 1 }.Apply(i, Shape, Random(1)),
                i => new ContrastTransform { Probability = 1 }.Apply(i, Shape, Random(1)),
                i => new GaussianBlurTransform { Probability = 1, ChannelProbability = 1 }.Apply(i, Shape, Scratch(), Random(1)),
                i => new LowResolutionTransform { Probability = 1, ChannelProbability = 1 }
                    .Apply(i, Shape, false, Scratch(), Random(1)),
            ],
            transform => AssertClose(image, Apply(transform, image), 1e-5));
    }

    [Fact]
    public void Contrast_keeps_the_range_and_moves_values_away_from_or_towards_the_mean() => Seeds.Sample(seed =>
    {
        var image = Image(seed);
        var (min, max) = Intensities.Range(image);
        var (mean, _) = Intensities.Moments(image);
        var factor = new RandomSequence(seed, "factor", 0).Uniform(0.75, 1.25);
        var result = Apply(
            i => new ContrastTransform { Probability = 1, Factor = new(factor, factor) }.Apply(i, Shape, Random(seed)), image);
        for (var i = 0; i < image.Length; i++)
        {
            Assert.Equal(Math.Clamp(mean + ((image[i] - mean) * factor), min, max), result[i], 1e-5);
        }
    });

    [Fact]
    public void Brightness_multiplies_each_channel_by_its_own_factor()
    {
        var image = Image(1, channels: 2);
        var result = Apply(i => new BrightnessTransform { Probability = 1 }.Apply(i, Shape, Random(1)), image);
        var half = image.Length / 2;
        var factors = new[] { result[0] / image[0], result[half] / image[half] };
        Assert.All(factors, f => Assert.InRange(f, 0.75f, 1.25f));
        Assert.NotEqual(factors[0], factors[1], 1e-3f);
        AssertClose([.. image.Select((v, i) => v * factors[i / half])], result, 1e-5);
    }

    [Fact]
    public void Noise_has_the_drawn_deviation_and_no_bias()
    {
        var image = new float[40_000];
        new GaussianNoiseTransform { Probability = 1, StandardDeviation = new(0.1, 0.1) }.Apply(image, Random(2));
        var (mean, deviation) = Intensities.Moments(image);
        Assert.InRange(mean, -0.003, 0.003);
        Assert.InRange(deviation, 0.098, 0.102);
    }

    [Fact]
    public void Blur_keeps_the_sum_of_an_inner_point_and_spreads_it_by_sigma()
    {
        var shape = Shape3.Cube(17);
        var image = new float[shape.Count];
        image[shape.Offset(8, 8, 8)] = 1;
        new GaussianBlurTransform { Probability = 1, ChannelProbability = 1, Sigma = One }
            .Apply(image, shape, new float[shape.Count], Random(1));
        Assert.Equal(1, image.Sum(), 1e-5f);
        for (var axis = 0; axis < 3; axis++)
        {
            var variance = image.Select((v, i) =>
            {
                int[] index = [i / (17 * 17), i / 17 % 17, i % 17];
                return v * Math.Pow(index[axis] - 8, 2);
            }).Sum();
            Assert.Equal(1, variance, 0.01);
        }
    }

    [Fact]
    public void Blur_mirrors_the_border_voxel_included()
    {
        // A line of three with sigma 0.5: radius 2, so the outermost weight reaches back over the border.
        float[] image = [1, 0, 0];
        new GaussianBlurTransform { Probability = 1, ChannelProbability = 1, Sigma = new(0.5, 0.5) }
            .Apply(image, new(1, 1, 3), new float[3], Random(1));
        double[] kernel = [Math.Exp(-8), Math.Exp(-2), 1, Math.Exp(-2), Math.Exp(-8)];
        var sum = kernel.Sum();
        AssertClose(
            [(float)((kernel[2] + kernel[1]) / sum), (float)((kernel[1] + kernel[0]) / sum), (float)(kernel[0] / sum)], image, 1e-6);
    }

    [Fact]
    public void Low_resolution_stays_in_range_and_removes_detail() => Seeds.Sample(seed =>
    {
        var image = Image(seed);
        var result = Apply(
            i => new LowResolutionTransform { Probability = 1, ChannelProbability = 1, Zoom = new(0.5, 0.5) }
                .Apply(i, Shape, false, Scratch(), Random(seed)),
            image);
        var (min, max) = Intensities.Range(image);
        Assert.All(result, v => Assert.InRange(v, min, max));
        Assert.True(Roughness(result) < 0.8 * Roughness(image));
    });

    [Fact]
    public void Low_resolution_in_plane_treats_every_slice_alone()
    {
        // Slices of one value each: any mixing would show.
        var slice = Shape.Y * Shape.X;
        float[] image = [.. Enumerable.Range(0, (int)Shape.Count).Select(i => (float)(i / slice % 2))];
        var transform = new LowResolutionTransform { Probability = 1, ChannelProbability = 1, Zoom = new(0.5, 0.5) };
        AssertClose(image, Apply(i => transform.Apply(i, Shape, true, Scratch(), Random(1)), image), 1e-6);
        Assert.NotEqual(image, Apply(i => transform.Apply(i, Shape, false, Scratch(), Random(1)), image));
    }

    private static double Roughness(float[] image) =>
        image.Zip(image.Skip(1)).Average(pair => Math.Abs(pair.First - pair.Second));

    private static RandomSequence Random(ulong seed) => new(seed, "intensity", 0);

    private static float[] Scratch() => new float[Shape.Count];

    private static float[] Image(ulong seed, int channels = 1)
    {
        var random = new RandomSequence(seed, "image", 0);
        return [.. Enumerable.Range(0, (int)(channels * Shape.Count)).Select(_ => (float)random.NextNormal())];
    }

    private static float[] Apply(Action<float[]> transform, float[] image)
    {
        float[] copy = [.. image];
        transform(copy);
        return copy;
    }

    private static void AssertClose(float[] expected, float[] actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], actual[i], tolerance);
        }
    }
}

using System.Runtime.Intrinsics;

namespace AdwUNet.Cpu.Tests;

/// <summary>Factors, affine maps and statistics of channels.</summary>
public sealed unsafe class ChannelTests
{
    [Theory]
    [InlineData(1, 16)]
    [InlineData(3, 48)]
    [InlineData(16, 16)]
    [InlineData(24, 48)]
    [InlineData(17, 272)]
    public void Factors_repeat_after_the_least_common_multiple_of_the_channels_and_16(int channels, int period)
    {
        const int samples = 2, rows = 3;
        var factors = new ChannelFactors(samples, channels, rows);
        Assert.Equal(period, factors.Period);
        static double Value(int sample, int row, int channel) => (1000 * sample) + (100 * row) + channel;
        var all = from n in Enumerable.Range(0, samples) from row in Enumerable.Range(0, rows) from c in Enumerable.Range(0, channels) select (n, row, c);
        foreach (var (n, row, c) in all)
        {
            factors.Set(n, row, c, Value(n, row, c));
        }

        for (var n = 0; n < samples; n++)
        {
            for (var row = 0; row < rows; row++)
            {
                Assert.Equal(
                    Enumerable.Range(0, period).Select(i => (float)Value(n, row, i % channels)), new Span<float>(factors.Row(n, row), period).ToArray());
            }
        }
    }

    [Fact]
    public void Shifts_of_an_affine_follow_its_scales()
    {
        var affine = new ChannelAffine(samples: 2, channels: 3);
        Assert.True(affine.Shift(1) == affine.Scale(1) + affine.Period);
        Assert.True(affine.Scale(1) == affine.Shift(0) + affine.Period);
    }

    [KernelFact]
    public void Activate_is_leaky_relu_of_the_affine_map()
    {
        float[] values = [-4, -1, -0.5f, 0, 0.5f, 1, 4, 1 << 30, -(1 << 30), 1e-40f, -1e-40f, 2, 3, -2, -3, 8];
        var (scale, shift) = (-1.5f, 0.25f);
        var actual = ChannelAffine.Activate(Vector512.Create(values), Vector512.Create(scale), Vector512.Create(shift));
        for (var i = 0; i < values.Length; i++)
        {
            var u = (float)(((double)values[i] * scale) + shift);
            Assert.Equal(u > 0 ? u : u * ChannelAffine.NegativeSlope, actual[i]);
        }
    }

    [KernelFact]
    public void Activate_propagates_nan_and_infinities()
    {
        Vector512<float> Of(float value) => Vector512.Create(value);
        void IsNaN(Vector512<float> result) => Assert.True(Vector512.EqualsAll(Vector512.IsNaN(result).AsUInt32(), Vector512<uint>.AllBitsSet));
        IsNaN(ChannelAffine.Activate(Of(float.NaN), Of(1), Of(0)));
        IsNaN(ChannelAffine.Activate(Of(1), Of(float.NaN), Of(0)));
        IsNaN(ChannelAffine.Activate(Of(1), Of(1), Of(float.NaN)));
        Assert.Equal(Of(float.PositiveInfinity), ChannelAffine.Activate(Of(float.PositiveInfinity), Of(1), Of(0)));
        Assert.Equal(Of(float.NegativeInfinity), ChannelAffine.Activate(Of(float.PositiveInfinity), Of(-1), Of(0)));
    }

    [Fact]
    public void Moments_are_the_mean_and_the_biased_variance_of_all_parts()
    {
        var values = Array.ConvertAll(RandomValues.Normal<Float32Format>(1, 1000), value => 5 + (2.0 * value));
        var sums = new ChannelSums(samples: 2, channels: 3);
        foreach (var part in values.Chunk(300))
        {
            sums.Add(1, 2, part.Sum(), part.Sum(value => value * value));
        }

        var (mean, variance) = sums.Moments(1, 2, values.Length);
        Assert.Equal(values.Average(), mean, 1e-12);
        Assert.Equal(values.Average(value => (value - values.Average()) * (value - values.Average())), variance, 1e-9);
        Assert.Equal((0.0, 0.0), sums.Moments(0, 2, 1));
        sums.Clear();
        Assert.Equal((0.0, 0.0), sums.Moments(1, 2, 1));
    }

    [Fact]
    public void A_variance_is_never_negative_and_nan_propagates()
    {
        var sums = new ChannelSums(1, 2);
        sums.Add(0, 0, 30, 299.99999);
        sums.Add(0, 1, double.NaN, double.NaN);
        Assert.Equal((10.0, 0.0), sums.Moments(0, 0, 3));
        Assert.Equal((double.NaN, double.NaN), sums.Moments(0, 1, 3));
    }
}

using AdwUNet.Networks;

namespace AdwUNet.Tests.Networks;

/// <summary>The noise of a search: −log of Exponential(1) samples, by seed, step and parameter.</summary>
public class GumbelNoiseTests
{
    private const int Count = 20_000;

    [Fact]
    public void Noise_follows_the_standard_Gumbel_distribution()
    {
        var values = GumbelNoise.Seeded(1, 0).Draw("a.alphas", Count)!;
        var mean = values.Average(value => (double)value);
        Assert.Equal(0.5772, mean, 0.03); // Euler's constant
        Assert.Equal(Math.PI / Math.Sqrt(6), Math.Sqrt(values.Average(value => (value - mean) * (value - mean))), 0.03);

        // P(g < x) = exp(−exp(−x)): lopsided, unlike the noise with the other sign.
        foreach (var x in new[] { -1.0, 0, 1, 2 })
        {
            Assert.Equal(Math.Exp(-Math.Exp(-x)), values.Count(value => value < x) / (double)Count, 0.015);
        }
    }

    [Fact]
    public void Seed_step_and_parameter_decide_and_each_changes_it()
    {
        const int few = 5;
        var noise = GumbelNoise.Seeded(1, 7).Draw("a.alphas", few);
        Assert.Equal(noise, GumbelNoise.Seeded(1, 7).Draw("a.alphas", few));
        Assert.NotEqual(noise, GumbelNoise.Seeded(2, 7).Draw("a.alphas", few));
        Assert.NotEqual(noise, GumbelNoise.Seeded(1, 8).Draw("a.alphas", few));
        Assert.NotEqual(noise, GumbelNoise.Seeded(1, 7).Draw("b.alphas", few));
    }
}

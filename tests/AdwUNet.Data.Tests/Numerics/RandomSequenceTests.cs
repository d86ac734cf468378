using AdwUNet.Augmentation;
using AdwUNet.Sampling;
using CsCheck;

namespace AdwUNet.Data.Tests.Numerics;

public class RandomSequenceTests
{
    private const int Draws = 20_000;

    [Fact]
    public void The_same_place_gives_the_same_numbers_and_any_other_place_others()
    {
        var first = Numbers(new(1, "a", 2, 3));
        Assert.Equal(first, Numbers(new(1, "a", 2, 3)));
        Assert.NotEqual(first, Numbers(new(2, "a", 2, 3)));
        Assert.NotEqual(first, Numbers(new(1, "b", 2, 3)));
        Assert.NotEqual(first, Numbers(new(1, "a", 3, 3)));
        Assert.NotEqual(first, Numbers(new(1, "a", 2, 4)));
        Assert.NotEqual(Numbers(new(1, "a", 2, 3)), Numbers(new(1, "a", 3, 2)));
    }

    [Fact]
    public void Numbers_are_the_same_on_every_machine()
    {
        // Frozen: a run that is continued elsewhere must meet the same batches.
        var random = new RandomSequence(0, "train", 0);
        Assert.Equal(FrozenFirst, random.NextUInt64());
        Assert.Equal(FrozenSecond, random.NextUInt64());
    }

    [Fact]
    public void Whole_numbers_fill_their_range_evenly() =>
        Gen.Select(Gen.ULong, Gen.Int[1, 20]).Sample(
            (seed, count) =>
            {
                var random = new RandomSequence(seed, "even", 0);
                var counts = new int[count];
                for (var i = 0; i < Draws; i++)
                {
                    counts[random.NextInt(count)]++;
                }

                // Six standard deviations of a binomial count.
                var expected = Draws / (double)count;
                Assert.All(counts, n => Assert.InRange(n, expected - (6 * Math.Sqrt(expected)), expected + (6 * Math.Sqrt(expected))));
            },
            iter: 20);

    [Fact]
    public void Normal_numbers_have_the_moments_of_the_normal_distribution()
    {
        var random = new RandomSequence(7, "normal", 0);
        var numbers = Enumerable.Range(0, Draws).Select(_ => random.NextNormal()).ToArray();
        Assert.InRange(numbers.Average(), -0.04, 0.04);
        Assert.InRange(numbers.Average(x => x * x), 0.95, 1.05);
        Assert.InRange(numbers.Average(x => x * x * x * x), 2.7, 3.3);
    }

    [Fact]
    public void Uniform_stays_between_its_bounds_and_is_exact_where_they_meet() =>
        Gen.Select(Gen.ULong, Gen.Double[-5, 5], Gen.Double[0, 5]).Sample((seed, low, width) =>
        {
            var random = new RandomSequence(seed, "uniform", 0);
            Assert.InRange(random.Uniform(low, low + width), low, low + width);
            Assert.Equal(low, random.Uniform(low, low));
        });

    [Fact]
    public void Probabilities_zero_and_one_are_certain()
    {
        var random = new RandomSequence(3, "certain", 0);
        for (var i = 0; i < 1000; i++)
        {
            Assert.False(random.Bernoulli(0));
            Assert.True(random.Bernoulli(1));
        }
    }

    [Fact]
    public void Factors_are_as_often_below_one_as_above()
    {
        var random = new RandomSequence(5, "factor", 0);
        var factors = Enumerable.Range(0, Draws).Select(_ => new UniformRange(0.7, 1.5).DrawFactor(random)).ToArray();
        Assert.All(factors, f => Assert.InRange(f, 0.7, 1.5));
        Assert.InRange(factors.Count(f => f < 1) / (double)Draws, 0.48, 0.52);
        Assert.All(
            Enumerable.Range(0, 100).Select(_ => new UniformRange(0.5, 0.8).DrawFactor(random)),
            f => Assert.InRange(f, 0.5, 0.8));
    }

    [Fact]
    public void Choosing_from_nothing_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new RandomSequence(1, "none", 0).NextInt(0));

    private const ulong FrozenFirst = 14996980658066820498;
    private const ulong FrozenSecond = 14173918039879817138;

    private static ulong[] Numbers(RandomSequence random) => [.. Enumerable.Range(0, 4).Select(_ => random.NextUInt64())];
}

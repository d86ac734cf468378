using AdwUNet.Experiments;
using AdwUNet.Verdict;

namespace AdwUNet.Runs.Tests.Verdict;

/// <summary>A searched network among random ones, and random search at equal cost.</summary>
public class RandomNetworkTests
{
    private static readonly double[] ShortDice = [0.3, 0.4, 0.2, 0.1]; // after two epochs, in the order of the networks
    private static readonly double[] FinalDice = [0.80, 0.84, 0.86, 0.82];

    [Fact]
    public void A_searched_network_has_a_rank_and_the_probability_of_one_as_high()
    {
        var rank = RandomRank.Of(MadeResults.Of("search", [0.83, 0.83]), Random());
        Assert.Equal((3, 0.6, 0.86), (rank.Rank, rank.P, rank.Best));
        Assert.Equal(0.83, rank.Random.Mean!.Value, 1e-12);
        Assert.Equal(0.025820, rank.Random.StandardDeviation!.Value, 1e-6); // sqrt((9 + 1 + 9 + 1)e-4 / 3)
        Assert.Equal(0, rank.ToMean.Interval.Mean, 1e-12);
        Assert.StartsWith(
            "search ranks 3 of 5 among itself and 4 random networks of its space (Dice 0.8300 ± 0.0258, best 0.8600); a random network ranks as high with probability 0.6. ",
            rank.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_random_network_with_the_same_dice_comes_first() => Assert.Equal(2, RandomRank.Of(MadeResults.Of("search", [0.86, 0.86]), Random()).Rank);

    [Fact]
    public void Networks_of_another_fold_are_refused() =>
        Assert.Throws<ExperimentException>(() => RandomRank.Of(MadeResults.Of("search", [0.8, 0.8], fold: 1), Random()));

    [Theory]
    [InlineData(4, 1, new[] { 0.25, 0.25, 0.25, 0.25 })]
    [InlineData(4, 2, new[] { 1 / 2.0, 1 / 3.0, 1 / 6.0, 0 })] // of six pairs, three, two and one
    [InlineData(4, 4, new[] { 1.0, 0, 0, 0 })]
    [InlineData(5, 3, new[] { 0.6, 0.3, 0.1, 0, 0 })] // C(4,2), C(3,2), C(2,2) of C(5,3)
    public void The_best_of_some_candidates_is_counted_over_all_choices(int n, int k, double[] expected) =>
        Assert.Equal(expected, RandomSearch.ChancesOfBest(n, k), (a, b) => Math.Abs(a - b) < 1e-12);

    [Fact]
    public void Random_search_at_the_cost_of_the_search_trains_the_best_candidate()
    {
        // The search took 9 s, a short training of two epochs 4 s: two candidates. By their short trainings the order is 0.84, 0.80, 0.86, 0.82.
        var search = MadeResults.Of("search", [0.85, 0.85], curve: [new(CurvePoint.Search, 0, 9, 1, 0.1), new(CurvePoint.Training, 0, 2, 1, 0.2)]);
        var found = RandomSearch.Of(search, Random(), epochs: 2);
        Assert.Equal((2, 2, 4), (found.Candidates, found.Epochs, found.Networks));
        Assert.Equal((0.84 / 2) + (0.80 / 3) + (0.86 / 6), found.Difference.OtherDice, 1e-12);
        Assert.Contains("random search with 2 short trainings", found.Sentence, StringComparison.Ordinal);
        Assert.Equal(0.84, RandomSearch.Of(search, Random(), epochs: 2, candidates: 9).Difference.OtherDice, 1e-12); // all four
    }

    [Fact]
    public void Random_search_needs_the_cost_of_the_search_and_whole_short_trainings()
    {
        var manual = MadeResults.Of("manual", [0.85, 0.85]);
        Assert.Contains("has no search whose duration is known", Assert.Throws<ExperimentException>(() => RandomSearch.Of(manual, Random(), epochs: 2)).Message, StringComparison.Ordinal);
        Assert.Contains("has 3 epochs and 4 were asked for", Assert.Throws<ExperimentException>(() => RandomSearch.Of(manual, Random(), epochs: 4)).Message, StringComparison.Ordinal);
    }

    private static GridResult[] Random() => [.. FinalDice.Select((dice, i) => MadeResults.Of($"random {i}", [dice - 0.01, dice + 0.01], curve:
    [
        new(CurvePoint.Training, 0, 2, 1, 0.05), new(CurvePoint.Training, 1, 2, 1, ShortDice[i]), new(CurvePoint.Training, 2, 2, 1, dice),
    ]))];
}

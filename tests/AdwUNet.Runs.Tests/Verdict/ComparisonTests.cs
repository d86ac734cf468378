using AdwUNet.Evaluation;
using AdwUNet.Experiments;
using AdwUNet.Verdict;

namespace AdwUNet.Runs.Tests.Verdict;

/// <summary>Comparisons of two methods, and what they say.</summary>
public class ComparisonTests
{
    private const int Scans = 40;

    [Theory]
    [InlineData(0.020, 0.002, Finding.Better, "search is better than manual on these scans: mean Dice 0.8200 against 0.8000, difference +0.0200 (95 % interval +0.01")]
    [InlineData(-0.020, 0.002, Finding.Worse, "search is worse than manual on these scans: ")]
    [InlineData(0.001, 0.002, Finding.Equal, "search and manual are equal within 0.005: ")]
    [InlineData(0.003, 0.001, Finding.Equal, "search and manual are equal within 0.005: ")] // its interval is above 0, but so small a difference does not matter
    [InlineData(0.003, 0.040, Finding.CannotTell, "The scans cannot tell search from manual: ")]
    public void A_difference_is_better_worse_equal_or_unknown(double shift, double spread, Finding finding, string sentence)
    {
        var comparison = Comparison.Of([MadeResults.Of("search", Dice(0.8 + shift, spread))], [MadeResults.Of("manual", Dice(0.8, 0))]);
        Assert.Equal(finding, comparison.Finding);
        Assert.StartsWith(sentence, comparison.Sentence, StringComparison.Ordinal);
        Assert.EndsWith("on 40 scans of fold 0.", comparison.Sentence, StringComparison.Ordinal);
        Assert.Equal(shift, comparison.Interval.Mean, 1e-12);
    }

    [Fact]
    public void Folds_are_pooled_and_only_common_scans_count()
    {
        GridResult[] search = [MadeResults.Of("search", [0.6, 0.7], fold: 0), MadeResults.Of("search", [0.8, 0.9, 1], fold: 1)];
        GridResult[] manual = [MadeResults.Of("manual", [0.5, 0.5], fold: 0), MadeResults.Of("manual", [0.7, 0.7], fold: 1)];
        var comparison = Comparison.Of(search, manual);
        Assert.Equal((0.75, 0.6), (comparison.Dice, comparison.OtherDice), (a, b) => Math.Abs(a.Item1 - b.Item1) + Math.Abs(a.Item2 - b.Item2) < 1e-12);
        Assert.Equal([0, 0, 1, 1], comparison.Folds);
        Assert.Equal(Statistics.BootstrapInterval([0.6, 0.7, 0.8, 0.9], [0.5, 0.5, 0.7, 0.7], [0, 0, 1, 1]), comparison.Interval);
        Assert.Equal(Statistics.PairedTTest([0.6, 0.7, 0.8, 0.9], [0.5, 0.5, 0.7, 0.7]), comparison.Test);
        Assert.EndsWith("on 4 scans of folds 0, 1.", comparison.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Results_without_common_scans_are_refused()
    {
        var error = Assert.Throws<ExperimentException>(() => Comparison.Of([MadeResults.Of("a", [0.5, 0.6])], [MadeResults.Of("b", [0.5, 0.6], fold: 1)]));
        Assert.Equal("The results have 0 scans in common; compare results on the same folds, with at least two scans.", error.Message);
        error = Assert.Throws<ExperimentException>(() => Comparison.Of([MadeResults.Of("a", [0.5])], [MadeResults.Of("b", [0.6])]));
        Assert.StartsWith("The results have 1 scan in common;", error.Message, StringComparison.Ordinal);
        Assert.Throws<ExperimentException>(() => Comparison.Of([], [MadeResults.Of("b", [0.5, 0.6])]));
        Assert.Throws<EvaluationException>(() => Comparison.Of([MadeResults.Of("a", [0.5, 0.6])], [MadeResults.Of("b", [0.5, 0.6])], margin: 0));
    }

    // Values that alternate around the mean by a spread.
    private static double[] Dice(double mean, double spread) => [.. Enumerable.Range(0, Scans).Select(i => mean + (i % 2 == 0 ? spread : -spread))];
}

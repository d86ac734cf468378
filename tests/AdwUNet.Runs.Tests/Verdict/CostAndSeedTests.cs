using AdwUNet.Evaluation;
using AdwUNet.Experiments;
using AdwUNet.Verdict;

namespace AdwUNet.Runs.Tests.Verdict;

/// <summary>Manual scaling at equal operations, seeds, curves over time, and designs, each with a known answer.</summary>
public class CostAndSeedTests
{
    [Fact]
    public void A_network_is_compared_with_the_curve_of_manual_scaling_at_its_own_operations()
    {
        // Each scan has a line of its own over log2 of the operations: 0.5 + 0.02 x and 0.6 + 0.04 x.
        static double[] Line(double x) => [0.5 + (0.02 * x), 0.6 + (0.04 * x)];
        var line = new ScalingCurve([.. new[] { 1, 2, 3, 5 }.Select(x => MadeResults.Of($"scaled {x}", Line(x), flops: 1L << x))]);

        Assert.Equal(0.55 + (0.03 * 4), line.At(16), 1e-12);
        var comparison = line.Compare(MadeResults.Of("search", [.. Line(4).Select(value => value + 0.007)], flops: 16));
        Assert.Equal((0.007, 0.007, 0.007), (comparison.Interval.Mean, comparison.Interval.Lower, comparison.Interval.Upper), (a, b) =>
            Math.Abs(a.Item1 - b.Item1) + Math.Abs(a.Item2 - b.Item2) + Math.Abs(a.Item3 - b.Item3) < 1e-12);
        Assert.StartsWith("search is better than manual scaling at the same operations on these scans: ", comparison.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_networks_are_each_compared_at_their_own_cost()
    {
        var line = new ScalingCurve([.. new[] { (1L, 0.1, 0.2), (2L, 0.3, 0.2), (4L, 0.4, 0.7) }.Select(p => MadeResults.Of($"scaled {p.Item1}", [p.Item2, p.Item3], flops: p.Item1))]);
        GridResult[] searched = [MadeResults.Of("searched", [0.5, 0.3], flops: 2), MadeResults.Of("searched", [0.6, 0.9], seed: 2, flops: 8)];
        var (first, second) = (line.Compare(searched[0]), line.Compare(searched[1]));
        var both = line.Compare(searched, "both");
        Assert.Equal((first.Interval.Mean + second.Interval.Mean) / 2, both.Interval.Mean, 12);
        Assert.Equal((first.OtherDice + second.OtherDice) / 2, both.OtherDice, 12);
        Assert.NotEqual(first.OtherDice, second.OtherDice, 3);
        Assert.Equal("both", both.Name);
    }

    [Fact]
    public void The_line_leaves_residuals_as_least_squares_does()
    {
        // Points (0, 0), (1, 0), (2, 0.6) of both scans: slope 0.3, mean 0.2 at x = 1.
        var line = new ScalingCurve([.. new[] { (1L, 0.0), (2L, 0.0), (4L, 0.6) }.Select(p => MadeResults.Of($"scaled {p.Item1}", [p.Item2, p.Item2], flops: p.Item1))]);
        Assert.Equal((-0.1, 0.2, 0.5), (line.At(1), line.At(2), line.At(4)), (a, b) => Math.Abs(a.Item1 - b.Item1) + Math.Abs(a.Item2 - b.Item2) + Math.Abs(a.Item3 - b.Item3) < 1e-12);
    }

    [Fact]
    public void From_five_costs_on_it_is_a_parabola_and_ends_where_the_costs_end()
    {
        static double[] Parabola(double x) => [0.5 + (0.04 * x) - (0.005 * x * x), 0.6 + (0.03 * x) - (0.002 * x * x)];
        var curve = new ScalingCurve([.. new[] { 0, 1, 2, 3, 5, 6 }.Select(x => MadeResults.Of($"scaled {x}", Parabola(x), flops: 1L << x))]);
        Assert.Equal(Parabola(4).Average(), curve.At(16), 1e-12);
        Assert.Equal(Parabola(6).Average(), curve.At(1 << 10), 1e-12);
        Assert.Equal(Parabola(0).Average(), curve.At(0.1), 1e-12);
    }

    [Fact]
    public void A_curve_needs_networks_of_different_cost() =>
        Assert.Throws<ExperimentException>(() => new ScalingCurve([.. Enumerable.Range(0, 3).Select(i => MadeResults.Of($"scaled {i}", [0.5, 0.5]))]));

    [Fact]
    public void The_search_s_part_of_the_variance_is_what_the_training_does_not_explain()
    {
        static GridResult[] Seeds(string name, params double[] dice) => [.. dice.Select((value, i) => MadeResults.Of(name, [value, value], seed: i + 1))];
        var variance = SeedVariance.Of(Seeds("search", 0.80, 0.82, 0.84), Seeds("manual", 0.80, 0.81, 0.82));

        Assert.Equal((0.02, 0.01), (variance.Searches, variance.Trainings), (a, b) => Math.Abs(a.Item1 - b.Item1) + Math.Abs(a.Item2 - b.Item2) < 1e-12);
        Assert.Equal(0.75, variance.Share, 1e-9); // 1 - 1/4
        Assert.Equal(0, variance.Interval.Lower, 1e-9); // F(2, 2) at 0.975 is 39: 4/39 < 1
        Assert.Equal(1 - (1 / (4 * 39.0)), variance.Interval.Upper, 1e-9);
        Assert.Equal(0, SeedVariance.Of(Seeds("search", 0.80, 0.81, 0.82), Seeds("manual", 0.80, 0.82, 0.84)).Share);
        Assert.Contains("the search adds 75 % of the variance (95 % interval 0 % to 99 %)", variance.Sentence, StringComparison.Ordinal);
        Assert.Throws<ExperimentException>(() => SeedVariance.Of(Seeds("search", 0.80, 0.82), Seeds("manual", 0.80, 0.80)));
    }

    [Fact]
    public void A_curve_over_time_begins_after_the_search_and_never_falls()
    {
        var result = MadeResults.Of("search", [0.8, 0.8], curve:
        [
            new(CurvePoint.Search, 0, 10, 1, 0.9), new(CurvePoint.Training, 0, 2, 1, 0.5), new(CurvePoint.Training, 1, 3, 1, null),
            new(CurvePoint.Training, 2, 4, 1, 0.1), new(CurvePoint.Training, 3, 5, 1, 0.9),
        ]);

        var curve = Anytime.Of(result, average: 0.5);

        Assert.Equal([12, 19, 24], curve.Select(p => p.Seconds));
        Assert.Equal([0.5, 0.5, 0.6], curve.Select(p => p.Dice), (a, b) => Math.Abs(a - b) < 1e-12); // moving average 0.5, 0.3, 0.6
        Assert.Equal(12, Anytime.SecondsTo(result, 0.5));
        Assert.Null(Anytime.SecondsTo(result, 0.99));
    }

    [Fact]
    public void A_design_tells_smaller_differences_with_more_scans_and_the_seeds_set_a_floor()
    {
        var design = new Design(0.01, 0);
        Assert.Equal(Statistics.SmallestDifference(0.01, 40), design.SmallestDifference(40), 1e-12);
        Assert.Equal(Statistics.SmallestDifference(0.01, 200), design.SmallestDifference(200, folds: 5), 1e-12);

        // 40 scans: 0.01²/40 = 2.5e-6; seeds 2 × 0.001² / 2 = 1e-6. As a deviation over scans: √(3.5e-6 × 40).
        Assert.Equal(Statistics.SmallestDifference(Math.Sqrt(1.4e-4), 40), new Design(0.01, 0.001).SmallestDifference(40, seeds: 2), 1e-12);
        Assert.True(new Design(0.01, 0.002).SmallestDifference(100_000) > 2.8 * Math.Sqrt(2) * 0.002);
        Assert.Throws<EvaluationException>(() => design.SmallestDifference(40, seeds: 0));
        Assert.Equal(0, new Design(0, 0).SmallestDifference(40)); // of two equal networks
    }

    [Fact]
    public void A_design_takes_the_variances_of_a_pilot()
    {
        var design = Design.Of(
            [MadeResults.Of("a", [0.81, 0.79])], [MadeResults.Of("b", [0.80, 0.80])],
            [MadeResults.Of("b", [0.80, 0.80]), MadeResults.Of("b", [0.82, 0.82], seed: 2)]);
        Assert.Equal((0.0141421, 0.0141421), (design.OfScans, design.OfSeeds), (a, b) => Math.Abs(a.Item1 - b.Item1) + Math.Abs(a.Item2 - b.Item2) < 1e-6);
    }
}

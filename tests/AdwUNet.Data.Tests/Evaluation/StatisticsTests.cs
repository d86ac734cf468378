using System.Text.Json;
using AdwUNet.Evaluation;
using AdwUNet.Tests.Golden;

namespace AdwUNet.Data.Tests.Evaluation;

/// <summary>Against SciPy and statsmodels: statistics.json, which statistics.py wrote.</summary>
public class StatisticsTests
{
    private const double Tolerance = 1e-9; // relative
    private static readonly JsonElement Golden = JsonDocument.Parse(File.ReadAllText(GoldenFiles.PathOf("statistics.json"))).RootElement;

    public static TheoryData<string> Pairs => [.. Golden.GetProperty("pairs").EnumerateObject().Select(pair => pair.Name)];

    [Theory]
    [MemberData(nameof(Pairs))]
    public void The_paired_t_test_is_that_of_SciPy(string name)
    {
        var (golden, a, b) = Pair(name);
        var found = Statistics.PairedTTest(a, b);
        Same(golden.GetProperty("mean"), found.MeanDifference);
        Same(golden.GetProperty("sd"), found.StandardDeviation);
        Same(golden.GetProperty("t"), found.T);
        Same(golden.GetProperty("p"), found.P);
        Same(golden.GetProperty("interval")[0], found.Lower);
        Same(golden.GetProperty("interval")[1], found.Upper);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void The_signed_rank_test_is_that_of_SciPy(string name)
    {
        var (golden, a, b) = Pair(name);
        var found = Statistics.Wilcoxon(a, b);
        Same(golden.GetProperty("wilcoxon").GetProperty("w"), found.W);
        Same(golden.GetProperty("wilcoxon").GetProperty("p"), found.P);
        Assert.Equal(golden.GetProperty("wilcoxon").GetProperty("exact").GetBoolean(), found.IsExact);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Kendalls_tau_is_that_of_SciPy(string name)
    {
        var (golden, a, b) = Pair(name);
        var found = Statistics.Kendall(a, b);
        Same(golden.GetProperty("kendall").GetProperty("tau"), found.Tau);
        Same(golden.GetProperty("kendall").GetProperty("p"), found.P);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Equivalence_is_that_of_statsmodels(string name)
    {
        var (all, a, b) = Pair(name);
        var golden = all.GetProperty("equivalence");
        var found = Statistics.Equivalence(a, b, golden.GetProperty("margin").GetDouble());
        Same(golden.GetProperty("lower"), found.PLower);
        Same(golden.GetProperty("upper"), found.PUpper);
        Same(golden.GetProperty("p"), found.P);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Bootstrap_intervals_are_those_of_SciPy_for_the_same_draws(string name)
    {
        var (golden, a, b) = Pair(name);
        var folds = golden.GetProperty("folds").Deserialize<int[]>()!;
        Check(golden.GetProperty("bootstrap"), null);
        Check(golden.GetProperty("bootstrapFolds"), folds);

        void Check(JsonElement expected, int[]? within)
        {
            var found = Statistics.BootstrapInterval(
                a, b, within, expected.GetProperty("seed").GetUInt64(), expected.GetProperty("resamples").GetInt32());
            Same(expected.GetProperty("lower"), found.Lower);
            Same(expected.GetProperty("upper"), found.Upper);
            Same(golden.GetProperty("mean"), found.Mean);
        }
    }

    [Fact]
    public void Holms_correction_is_that_of_statsmodels() => Assert.All(Golden.GetProperty("holm").EnumerateArray(), golden =>
        Assert.Equal(
            golden.GetProperty("corrected").Deserialize<double[]>()!,
            Statistics.Holm(golden.GetProperty("p").Deserialize<double[]>()!),
            (x, y) => Math.Abs(x - y) <= Tolerance));

    [Fact]
    public void The_smallest_difference_of_a_design_is_that_of_statsmodels() => Assert.All(Golden.GetProperty("designs").EnumerateArray(), golden =>
        Same(
            golden.GetProperty("difference"),
            Statistics.SmallestDifference(
                golden.GetProperty("sd").GetDouble(),
                golden.GetProperty("n").GetInt32(),
                golden.GetProperty("power").GetDouble(),
                golden.GetProperty("alpha").GetDouble())));

    [Fact]
    public void Equal_values_have_no_test()
    {
        double[] same = [0.8, 0.9, 0.7];
        Assert.True(double.IsNaN(Statistics.PairedTTest(same, same).P));
        Assert.True(double.IsNaN(Statistics.Wilcoxon(same, same).P));
        Assert.True(double.IsNaN(Statistics.Kendall(same, [1, 1, 1]).Tau));
    }

    [Fact]
    public void Values_that_cannot_be_compared_are_refused()
    {
        Refused("2 values were compared with 3", () => Statistics.PairedTTest([1, 2], [1, 2, 3]));
        Refused("1 cases", () => Statistics.Wilcoxon([1], [2]));
        Refused("NaN", () => Statistics.Kendall([1, double.NaN], [1, 2]));
        Refused("margin", () => Statistics.Equivalence([1, 2], [1, 3], 0));
        Refused("folds of 1", () => Statistics.BootstrapInterval([1, 2], [1, 3], [0]));
        Refused("p-value is 2", () => Statistics.Holm([0.1, 2]));
        Refused("power", () => Statistics.SmallestDifference(0.1, 10, power: 1));
    }

    private static void Refused(string part, Func<object> call) => Assert.Contains(part, Assert.Throws<EvaluationException>(call).Message, StringComparison.Ordinal);

    private static (JsonElement Golden, double[] A, double[] B) Pair(string name)
    {
        var golden = Golden.GetProperty("pairs").GetProperty(name);
        return (golden, golden.GetProperty("a").Deserialize<double[]>()!, golden.GetProperty("b").Deserialize<double[]>()!);
    }

    private static void Same(JsonElement golden, double found)
    {
        var expected = golden.GetDouble();
        Assert.True(Math.Abs(expected - found) <= Tolerance * Math.Abs(expected), $"{expected:R} of SciPy is {found:R}.");
    }
}

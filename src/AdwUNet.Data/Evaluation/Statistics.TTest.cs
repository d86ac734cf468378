using MathNet.Numerics.Distributions;

namespace AdwUNet.Evaluation;

/// <summary>A paired t-test of the hypothesis that the mean difference is 0.</summary>
/// <param name="Count">Cases.</param>
/// <param name="MeanDifference">Mean of a − b.</param>
/// <param name="StandardDeviation">Sample standard deviation (n − 1) of a − b.</param>
/// <param name="T">The statistic, with <paramref name="Count"/> − 1 degrees of freedom; NaN when all differences are 0.</param>
/// <param name="P">Two-sided; NaN when all differences are 0.</param>
/// <param name="Lower">Lower end of the 95 % confidence interval of the mean difference.</param>
/// <param name="Upper">Its upper end.</param>
public sealed record PairedTTestResult(int Count, double MeanDifference, double StandardDeviation, double T, double P, double Lower, double Upper)
{
    /// <summary>The standard error of the mean difference.</summary>
    public double StandardError => StandardDeviation / Math.Sqrt(Count);
}

/// <summary>An equivalence test: whether the mean difference lies within a margin.</summary>
/// <param name="Test">The differences.</param>
/// <param name="Margin">Mean differences between −margin and margin count as equal.</param>
/// <param name="PLower">One-sided, of the hypothesis that the mean difference is −margin or less.</param>
/// <param name="PUpper">One-sided, of the hypothesis that the mean difference is margin or more.</param>
public sealed record EquivalenceResult(PairedTTestResult Test, double Margin, double PLower, double PUpper)
{
    /// <summary>The larger of the two: below the level, the methods are equal within the margin.</summary>
    public double P => Math.Max(PLower, PUpper);
}

public static partial class Statistics
{
    private const double Confidence = 0.95;

    /// <summary>The paired t-test (SciPy's <c>ttest_rel</c>), which the paper uses.</summary>
    /// <param name="a">One value per case.</param>
    /// <param name="b">The values of the other method, of the same cases in the same order.</param>
    /// <exception cref="EvaluationException">The lists differ in length, have fewer than two entries, or an entry is not a finite number.</exception>
    public static PairedTTestResult PairedTTest(IReadOnlyList<double> a, IReadOnlyList<double> b)
    {
        var differences = Differences(a, b);
        var n = differences.Length;
        var mean = differences.Average();
        var deviation = Math.Sqrt(differences.Sum(x => (x - mean) * (x - mean)) / (n - 1));
        var error = deviation / Math.Sqrt(n);
        var half = error * StudentT.InvCDF(0, 1, n - 1, (1 + Confidence) / 2);
        var t = mean / error;
        return new(n, mean, deviation, t, 2 * Below(-Math.Abs(t), n - 1), mean - half, mean + half);
    }

    /// <summary>Two one-sided t-tests, TOST (statsmodels' <c>ttost_paired</c>; Schuirmann 1987).</summary>
    /// <param name="a">One value per case.</param>
    /// <param name="b">The values of the other method, of the same cases in the same order.</param>
    /// <param name="margin">The largest mean difference that counts as equal, in the unit of the values.</param>
    /// <exception cref="EvaluationException">The margin is not a number above 0, or an error of <see cref="PairedTTest"/>.</exception>
    public static EquivalenceResult Equivalence(IReadOnlyList<double> a, IReadOnlyList<double> b, double margin)
    {
        CheckBetween("The margin", margin, 0, double.PositiveInfinity);
        var test = PairedTTest(a, b);
        return new(
            test,
            margin,
            Below(-(test.MeanDifference + margin) / test.StandardError, test.Count - 1),
            Below((test.MeanDifference - margin) / test.StandardError, test.Count - 1));
    }

    /// <summary>The probability that Student's t is below a value.</summary>
    private static double Below(double t, double freedom) => double.IsNaN(t) ? double.NaN : StudentT.CDF(0, 1, freedom, t);
}

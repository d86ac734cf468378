using MathNet.Numerics.Distributions;
using MathNet.Numerics.Integration;
using MathNet.Numerics.RootFinding;

namespace AdwUNet.Evaluation;

public static partial class Statistics
{
    /// <summary>Holm's correction for several comparisons (statsmodels' <c>multipletests(method="holm")</c>).</summary>
    /// <param name="p">The p-values of the comparisons.</param>
    /// <returns>The corrected p-values in the same order, at most 1.</returns>
    /// <exception cref="EvaluationException">A value is not a number from 0 to 1.</exception>
    public static IReadOnlyList<double> Holm(IReadOnlyList<double> p)
    {
        ArgumentNullException.ThrowIfNull(p);
        if (p.FirstOrDefault(value => value is not (>= 0 and <= 1)) is var bad and not 0)
            throw new EvaluationException($"A p-value is {bad}; it must be a number from 0 to 1.");

        var corrected = new double[p.Count];
        var largest = 0.0;
        foreach (var (rank, index) in Enumerable.Range(0, p.Count).OrderBy(i => p[i]).Index())
        {
            largest = Math.Max(largest, Math.Min(1, p[index] * (p.Count - rank)));
            corrected[index] = largest;
        }

        return corrected;
    }

    /// <summary>
    /// The smallest mean difference that a two-sided paired t-test finds with a given probability (the effect size at which statsmodels' <c>TTestPower</c> has
    /// that power, times the standard deviation). Compute it from a pilot before the experiment.
    /// </summary>
    /// <param name="standardDeviation">The standard deviation of the paired differences, from a pilot.</param>
    /// <param name="count">Cases.</param>
    /// <param name="power">The probability of finding the difference.</param>
    /// <param name="alpha">The level of the test.</param>
    /// <returns>The difference, in the unit of <paramref name="standardDeviation"/>.</returns>
    /// <exception cref="EvaluationException">A number is outside its bounds.</exception>
    public static double SmallestDifference(double standardDeviation, int count, double power = 0.8, double alpha = 0.05)
    {
        CheckBetween("The standard deviation", standardDeviation, 0, double.PositiveInfinity);
        CheckBetween("The number of cases", count, 1, double.PositiveInfinity);
        CheckBetween("The level", alpha, 0, 1);
        CheckBetween("The power", power, alpha, 1);

        const double farthest = 1e4; // standard errors: more than any design with two cases and a level of 0.001 needs
        const double accuracy = 1e-12;
        var errors = Brent.FindRoot(shift => Power(shift, count - 1, alpha) - power, 0, farthest, accuracy, 1000);
        return errors * standardDeviation / Math.Sqrt(count);
    }

    /// <summary>The power of a two-sided t-test: the probability that a noncentral t lies outside the critical values.</summary>
    /// <param name="shift">The noncentrality: the true mean difference in standard errors.</param>
    /// <param name="freedom">Degrees of freedom ν.</param>
    /// <param name="alpha">The level.</param>
    private static double Power(double shift, int freedom, double alpha)
    {
        const int order = 256; // nodes of the Gauss-Legendre rule in each piece
        const double widest = 40; // standard deviations of the standard error's estimate, which is about 1 ± 1/√(2ν)
        const int pieces = 16;
        var critical = StudentT.InvCDF(0, 1, freedom, 1 - (alpha / 2));
        var chi = new Chi(freedom);
        var scale = Math.Sqrt(freedom);
        var reach = widest / Math.Sqrt(2.0 * freedom);
        var (from, to) = (Math.Max(0, 1 - reach), 1 + reach);
        var step = (to - from) / pieces;
        return Enumerable.Range(0, pieces).Sum(i => GaussLegendreRule.Integrate(Outside, from + (i * step), from + ((i + 1) * step), order));

        // s: the estimated standard error over the true one, whose density is that of χ over √ν. Given s, t is normal.
        double Outside(double s) =>
            scale * chi.Density(s * scale) * (Normal.CDF(0, 1, shift - (critical * s)) + Normal.CDF(0, 1, -shift - (critical * s)));
    }
}

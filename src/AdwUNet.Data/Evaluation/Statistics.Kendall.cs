using MathNet.Numerics.Distributions;

namespace AdwUNet.Evaluation;

/// <summary>Kendall's rank correlation.</summary>
/// <param name="Tau">τ-b: 1 for the same order, −1 for the opposite one; NaN when all values of a list are equal.</param>
/// <param name="P">Two-sided, of the hypothesis that the two orders are independent.</param>
/// <param name="IsExact">Whether <paramref name="P"/> is exact; else it is the normal approximation.</param>
public sealed record KendallResult(double Tau, double P, bool IsExact);

public static partial class Statistics
{
    private const int MostExactItems = 33; // as in SciPy

    /// <summary>
    /// Kendall's τ-b (SciPy's <c>kendalltau</c>). The p-value is exact without ties where there are at most 33 items or at most one discordant (or
    /// concordant) pair. Otherwise it is the normal approximation.
    /// </summary>
    /// <param name="a">One value per item, such as a candidate's score inside the supernet.</param>
    /// <param name="b">The other value of the same items in the same order, such as the candidate's score when trained alone.</param>
    /// <exception cref="EvaluationException">The lists differ in length, have fewer than two entries, or an entry is not a finite number.</exception>
    public static KendallResult Kendall(IReadOnlyList<double> a, IReadOnlyList<double> b)
    {
        CheckPairs(a, b);
        var n = a.Count;
        double concordant = 0, discordant = 0;
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j < i; j++)
            {
                var sign = Math.Sign(a[i] - a[j]) * Math.Sign(b[i] - b[j]);
                concordant += sign > 0 ? 1 : 0;
                discordant += sign < 0 ? 1 : 0;
            }
        }

        var (tiesA, tiesB) = (Ties(a), Ties(b));
        var pairs = n * (n - 1.0) / 2;
        var (tiedA, tiedB) = (Pairs(tiesA), Pairs(tiesB));
        if (tiedA == pairs || tiedB == pairs)
            return new(double.NaN, double.NaN, false);

        var tau = Math.Clamp((concordant - discordant) / Math.Sqrt(pairs - tiedA) / Math.Sqrt(pairs - tiedB), -1, 1);
        var fewer = Math.Min(discordant, concordant);
        if (tiedA == 0 && tiedB == 0 && (n <= MostExactItems || fewer <= 1))
            return new(tau, ExactKendall(n, (int)fewer), true);

        var m = n * (n - 1.0);
        var variance = (((m * ((2 * n) + 5)) - Spread(tiesA) - Spread(tiesB)) / 18)
            + (2 * tiedA * tiedB / m)
            + (Triples(tiesA) * Triples(tiesB) / (9 * m * (n - 2)));
        return new(tau, 2 * Normal.CDF(0, 1, -Math.Abs(concordant - discordant) / Math.Sqrt(variance)), false);

        static double Pairs(double[] ties) => ties.Sum(t => t * (t - 1) / 2);
        static double Triples(double[] ties) => ties.Sum(t => t * (t - 1) * (t - 2));
        static double Spread(double[] ties) => ties.Sum(t => t * (t - 1) * ((2 * t) + 5));
    }

    /// <summary>The two-sided probability of at most c discordant pairs: the part of all n! orders (Kendall, Rank Correlation Methods, 1970).</summary>
    private static double ExactKendall(int n, int c)
    {
        var orders = new double[c + 1]; // orders[k]: the part of all orders of j items with k discordant pairs
        orders[0] = 1;
        for (var j = 2; j <= n; j++)
        {
            var next = new double[c + 1];
            for (var k = 0; k <= c; k++)
            {
                for (var added = 0; added < j && added <= k; added++)
                    next[k] += orders[k - added] / j;
            }

            orders = next;
        }

        return Math.Min(1, 2 * orders.Sum());
    }
}

using MathNet.Numerics.Distributions;

namespace AdwUNet.Evaluation;

/// <summary>Wilcoxon's signed-rank test of the hypothesis that the differences are symmetric about 0.</summary>
/// <param name="Count">Cases that differ; those without a difference are left out.</param>
/// <param name="W">The smaller of the two rank sums.</param>
/// <param name="P">Two-sided; NaN when no case differs.</param>
/// <param name="IsExact">Whether <paramref name="P"/> is exact; else it is the normal approximation, corrected for ties.</param>
public sealed record WilcoxonResult(int Count, double W, double P, bool IsExact);

public static partial class Statistics
{
    private const int MostExactPairs = 50; // as in SciPy

    /// <summary>
    /// Wilcoxon's signed-rank test (SciPy's <c>wilcoxon</c>). It is exact up to 50 cases without ties and zeros. Otherwise it is the normal
    /// approximation with correction for ties and without correction for continuity. Cases without a difference are left out.
    /// </summary>
    /// <param name="a">One value per case.</param>
    /// <param name="b">The values of the other method, of the same cases in the same order.</param>
    /// <exception cref="EvaluationException">The lists differ in length, have fewer than two entries, or an entry is not a finite number.</exception>
    public static WilcoxonResult Wilcoxon(IReadOnlyList<double> a, IReadOnlyList<double> b)
    {
        var all = Differences(a, b);
        var differences = all.Where(difference => difference != 0).ToArray();
        double n = differences.Length;
        var ties = Ties(differences.Select(Math.Abs));
        var ranks = Ranks(differences.Select(Math.Abs));
        var positive = differences.Zip(ranks, (difference, rank) => difference > 0 ? rank : 0).Sum();
        var w = Math.Min(positive, (n * (n + 1) / 2) - positive);
        if (differences.Length == all.Length && ties.Length == all.Length && all.Length <= MostExactPairs)
            return new(all.Length, w, ExactSignedRank(all.Length, (int)w), true);

        var variance = ((n * (n + 1) * ((2 * n) + 1)) - (ties.Sum(t => (t * t * t) - t) / 2)) / 24;
        var z = (w - (n * (n + 1) / 4)) / Math.Sqrt(variance);
        return new(differences.Length, w, double.IsNaN(z) ? z : 2 * Normal.CDF(0, 1, -Math.Abs(z)), false);
    }

    /// <summary>The two-sided probability of a rank sum of at most w: the part of all 2ⁿ choices of signs.</summary>
    private static double ExactSignedRank(int n, int w)
    {
        var total = n * (n + 1) / 2;
        var ways = new double[total + 1]; // ways[s]: choices of signs with the rank sum s
        ways[0] = 1;
        for (var rank = 1; rank <= n; rank++)
        {
            for (var sum = total; sum >= rank; sum--)
                ways[sum] += ways[sum - rank];
        }

        return Math.Min(1, 2 * ways.Take(w + 1).Sum() / Math.Pow(2, n));
    }

    /// <summary>Ranks from 1; equal values share the mean of their ranks.</summary>
    private static double[] Ranks(IEnumerable<double> values)
    {
        var sorted = values.Select((value, index) => (value, index)).OrderBy(pair => pair.value).ToArray();
        var ranks = new double[sorted.Length];
        for (var first = 0; first < sorted.Length;)
        {
            var end = first;
            while (end < sorted.Length && sorted[end].value == sorted[first].value)
                end++;
            for (var i = first; i < end; i++)
                ranks[sorted[i].index] = (first + 1 + end) / 2.0;
            first = end;
        }

        return ranks;
    }
}

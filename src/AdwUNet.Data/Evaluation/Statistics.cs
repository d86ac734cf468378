namespace AdwUNet.Evaluation;

/// <summary>
/// Statistics on cases: two methods are compared by the differences of their values, case by case. Every function equals SciPy or statsmodels
/// (<c>tests/golden/statistics.py</c>).
/// </summary>
public static partial class Statistics
{
    private const int FewestPairs = 2;

    /// <summary>The differences a − b, case by case.</summary>
    /// <exception cref="EvaluationException">The lists differ in length, have fewer than two entries, or an entry is not a finite number.</exception>
    private static double[] Differences(IReadOnlyList<double> a, IReadOnlyList<double> b)
    {
        CheckPairs(a, b);
        return [.. a.Zip(b, (x, y) => x - y)];
    }

    private static void CheckPairs(IReadOnlyList<double> a, IReadOnlyList<double> b)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        if (a.Count != b.Count)
            throw new EvaluationException($"{a.Count} values were compared with {b.Count}; give one value of each method for each case.");
        if (a.Count < FewestPairs)
            throw new EvaluationException($"A comparison of {a.Count} cases was asked for; give at least {FewestPairs}.");
        if (a.Concat(b).FirstOrDefault(value => !double.IsFinite(value), 0) is var bad and not 0)
            throw new EvaluationException($"A compared value is {bad}; leave out the cases in which a value is not defined, for both methods.");
    }

    private static void CheckBetween(string name, double value, double low, double high)
    {
        if (!(value > low && value < high))
            throw new EvaluationException($"{name} is {value}; it must be a number between {low} and {high}.");
    }

    /// <summary>The sizes of the groups of equal values.</summary>
    private static double[] Ties(IEnumerable<double> values) => [.. values.GroupBy(value => value).Select(group => (double)group.Count())];
}

using MathNet.Numerics.Statistics;

namespace AdwUNet.Evaluation;

/// <summary>A mean difference with its interval.</summary>
/// <param name="Mean">Mean of a − b.</param>
/// <param name="Lower">Lower end of the interval.</param>
/// <param name="Upper">Upper end of the interval.</param>
/// <param name="Level">The part of all such intervals that contains the true mean, such as 0.95.</param>
public sealed record MeanInterval(double Mean, double Lower, double Upper, double Level);

public static partial class Statistics
{
    /// <summary>
    /// A bootstrap interval of the mean paired difference: percentiles of the means of cases drawn with replacement (SciPy's <c>bootstrap</c>,
    /// <c>method="percentile"</c>).
    /// </summary>
    /// <param name="a">One value per case.</param>
    /// <param name="b">The values of the other method, of the same cases in the same order.</param>
    /// <param name="folds">The fold of each case. Then cases are drawn within their fold, so that each fold keeps its size. Null: from all cases.</param>
    /// <param name="seed">The seed; the same seed gives the same interval.</param>
    /// <param name="resamples">How many times the cases are drawn.</param>
    /// <param name="level">The interval's level.</param>
    /// <exception cref="EvaluationException">A number is outside its bounds, or an error of <see cref="PairedTTest"/>.</exception>
    public static MeanInterval BootstrapInterval(
        IReadOnlyList<double> a,
        IReadOnlyList<double> b,
        IReadOnlyList<int>? folds = null,
        ulong seed = 1,
        int resamples = 10_000,
        double level = Confidence)
    {
        var differences = Differences(a, b);
        CheckBetween("The level of the interval", level, 0, 1);
        CheckBetween("The number of resamples", resamples, 0, double.PositiveInfinity);
        if (folds is not null && folds.Count != differences.Length)
            throw new EvaluationException($"There are folds of {folds.Count} cases and differences of {differences.Length}; give the fold of each case.");

        var groups = differences
            .Select((difference, index) => (difference, Fold: folds?[index] ?? 0))
            .GroupBy(pair => pair.Fold, pair => pair.difference)
            .OrderBy(group => group.Key)
            .Select(group => group.ToArray())
            .ToArray();
        var means = new double[resamples];
        for (var i = 0; i < resamples; i++)
        {
            var random = new RandomSequence(seed, "bootstrap", i);
            var sum = 0.0;
            foreach (var group in groups)
            {
                for (var k = 0; k < group.Length; k++)
                    sum += group[random.NextInt(group.Length)];
            }

            means[i] = sum / differences.Length;
        }

        Array.Sort(means);
        return new(differences.Average(), Percentile((1 - level) / 2), Percentile((1 + level) / 2), level);

        double Percentile(double part) => SortedArrayStatistics.QuantileCustom(means, part, QuantileDefinition.R7);
    }
}

using AdwUNet.Evaluation;
using AdwUNet.Experiments;
using MathNet.Numerics.Distributions;

namespace AdwUNet.Verdict;

/// <summary>
/// How much of the spread among seeds comes from the search: the variance among seeds of search and training together, against that among seeds of the
/// training of one network.
/// </summary>
/// <param name="Searches">Standard deviation of the Dice among seeds of search and training.</param>
/// <param name="Trainings">Standard deviation of the Dice among seeds of the training alone.</param>
/// <param name="SearchSeeds">Seeds of the first.</param>
/// <param name="TrainingSeeds">Seeds of the second.</param>
public sealed record SeedVariance(double Searches, double Trainings, int SearchSeeds, int TrainingSeeds)
{
    private const double Level = 0.95;

    /// <summary>Compares the variances.</summary>
    /// <param name="searched">Runs of one search method that differ in the seed of search and training.</param>
    /// <param name="trained">Runs of one network that differ in the seed of the training.</param>
    /// <exception cref="ExperimentException">There are fewer than two seeds of one, the folds differ, or all trainings have the same Dice.</exception>
    public static SeedVariance Of(IReadOnlyList<GridResult> searched, IReadOnlyList<GridResult> trained)
    {
        ScanValues.Require(searched, 2, "The variance among searches");
        ScanValues.Require(trained, 2, "The variance among trainings");
        if (searched.Concat(trained).Select(result => result.Run.Fold).Distinct().Count() > 1)
        {
            throw new ExperimentException("The runs are of several folds, whose scans differ; give the seeds of one fold.");
        }

        var (search, training) = (Spread(searched), Spread(trained));
        return training > 0
            ? new(search, training, searched.Count, trained.Count)
            : throw new ExperimentException("All trainings have the same Dice, so that the variances cannot be compared; give runs with different seeds.");
    }

    /// <summary>The part of the variance among searched networks that the training does not explain: 1 − variance of trainings / variance of searches, at least 0.</summary>
    public double Share => Part(Ratio);

    /// <summary>The 95 % interval of <see cref="Share"/> (F distribution of the ratio of two variances).</summary>
    public (double Lower, double Upper) Interval
    {
        get
        {
            double Quantile(double p) => FisherSnedecor.InvCDF(SearchSeeds - 1, TrainingSeeds - 1, p);
            return (Part(Ratio / Quantile((1 + Level) / 2)), Part(Ratio / Quantile((1 - Level) / 2)));
        }
    }

    /// <summary>The spreads and the share as a sentence.</summary>
    public string Sentence =>
        $"Among {SearchSeeds} seeds of search and training the Dice varies by {Words.Dice(Searches)} (standard deviation), among {TrainingSeeds} seeds of the manual "
        + $"network's training by {Words.Dice(Trainings)}: the search adds {Words.Share(Share)} of the variance (95 % interval {Words.Share(Interval.Lower)} to "
        + $"{Words.Share(Interval.Upper)}).";

    private double Ratio => Searches * Searches / (Trainings * Trainings);

    private static double Spread(IEnumerable<GridResult> results) =>
        MetricSummary.Of(results.Select(result => (double?)ScanValues.Dice(result))).StandardDeviation!.Value;

    private static double Part(double ratio) => ratio > 0 ? Math.Max(0, 1 - (1 / ratio)) : 0;
}

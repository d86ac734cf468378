using AdwUNet.Evaluation;
using AdwUNet.Experiments;

namespace AdwUNet.Verdict;

/// <summary>
/// What an experiment can tell before it is run: the smallest mean difference that a paired t-test finds with 80 % probability, from the variances of a pilot.
/// A difference varies with the scan and with the seed; more scans do not remove the part of the seeds, which all scans of a training share.
/// </summary>
/// <param name="OfScans">Standard deviation over scans of the paired difference of two trainings.</param>
/// <param name="OfSeeds">Standard deviation of the mean Dice over the seeds of one method's training.</param>
public sealed record Design(double OfScans, double OfSeeds)
{
    /// <summary>Takes the variances from pilot runs of two methods.</summary>
    /// <param name="pilot">Runs of one method.</param>
    /// <param name="other">Runs of the other method, on the same folds.</param>
    /// <param name="seeds">Runs of one method on one fold that differ in the seed; if fewer than two, the part of the seeds counts as 0.</param>
    /// <exception cref="ExperimentException">A method has no run, or fewer than two scans are common.</exception>
    public static Design Of(IReadOnlyList<GridResult> pilot, IReadOnlyList<GridResult> other, IReadOnlyList<GridResult>? seeds = null) => new(
        Comparison.Of(pilot, other).Test.StandardDeviation,
        MetricSummary.Of((seeds ?? []).Select(result => result.Dice)).StandardDeviation ?? 0);

    /// <summary>The smallest difference that a design finds.</summary>
    /// <param name="scans">Scans of all folds together.</param>
    /// <param name="seeds">Trainings of each method on each fold.</param>
    /// <param name="folds">Folds; each has trainings of its own.</param>
    /// <param name="power">The probability of finding the difference.</param>
    /// <exception cref="EvaluationException">A number is outside its bounds.</exception>
    public double SmallestDifference(int scans, int seeds = 1, int folds = 1, double power = 0.8)
    {
        if (seeds < 1 || folds < 1)
        {
            throw new EvaluationException($"A design of {seeds} seeds and {folds} folds was asked for; give at least 1 of each.");
        }

        // Two methods, each with its own trainings. As a standard deviation over scans, so that the t-test's formula holds; 0 of two equal methods.
        var variance = (OfScans * OfScans / scans) + (2 * OfSeeds * OfSeeds / ((double)seeds * folds));
        return Math.Sqrt(variance * scans) * Statistics.SmallestDifference(1, scans, power);
    }
}

using AdwUNet.Evaluation;
using AdwUNet.Experiments;

namespace AdwUNet.Verdict;

/// <summary>The Dice of each scan (mean over its classes), the unit of all comparisons.</summary>
internal static class ScanValues
{
    /// <summary>The Dice of each scan, the mean over the results that segmented it. A scan without any class has none.</summary>
    public static Dictionary<(int Fold, string Case), double> Of(IEnumerable<GridResult> results) => Of(results.Select(result => (result.Run.Fold, result.Evaluation)));

    /// <inheritdoc cref="Of(IEnumerable{GridResult})"/>
    public static Dictionary<(int Fold, string Case), double> Of(IEnumerable<(int Fold, EvaluationReport Report)> evaluations) => evaluations
        .SelectMany(of => of.Report.Cases, (of, scan) => (Scan: (of.Fold, scan.Case), MetricSummary.Of(scan.Classes.Select(c => c.Dice)).Mean))
        .Where(value => value.Mean is not null)
        .GroupBy(value => value.Scan, value => value.Mean!.Value)
        .ToDictionary(group => group.Key, group => group.Average());

    /// <summary>The values on the scans that all lists have, in one order.</summary>
    /// <exception cref="ExperimentException">Fewer than two scans are common.</exception>
    public static (IReadOnlyList<int> Folds, IReadOnlyList<double[]> Values) Common(params IReadOnlyList<IReadOnlyDictionary<(int Fold, string Case), double>> lists)
    {
        var common = lists[0].Keys.Where(scan => lists.All(list => list.ContainsKey(scan))).OrderBy(scan => scan.Fold).ThenBy(scan => scan.Case, StringComparer.Ordinal).ToArray();
        return common.Length >= 2
            ? ([.. common.Select(scan => scan.Fold)], [.. lists.Select(list => common.Select(scan => list[scan]).ToArray())])
            : throw new ExperimentException($"The results have {Words.Count(common.Length, "scan")} in common; compare results on the same folds, with at least two scans.");
    }

    /// <summary>The mean Dice of a result.</summary>
    /// <exception cref="ExperimentException">It has none.</exception>
    public static double Dice(GridResult result) => result.Dice
        ?? throw new ExperimentException($"The run '{result.Run.Name}' has no Dice, because no class occurs in its scans; leave it out.");

    /// <exception cref="ExperimentException">There are fewer.</exception>
    public static void Require(IReadOnlyCollection<GridResult> results, int least, string what)
    {
        if (results.Count < least)
        {
            throw new ExperimentException($"{what} needs at least {Words.Count(least, "finished run")} and has {results.Count}; run more first.");
        }
    }
}

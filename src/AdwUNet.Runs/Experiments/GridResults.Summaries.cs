using AdwUNet.Evaluation;

namespace AdwUNet.Experiments;

/// <content>Variants compared with a baseline.</content>
public sealed partial class GridResults
{
    /// <summary>Compares the variants, in the order of the grid.</summary>
    /// <param name="baseline">The variant to which differences are taken; the first one when null.</param>
    /// <param name="className">One class or region; the mean over all of them when null.</param>
    /// <exception cref="ExperimentException">No run is finished, or there is no such variant or class.</exception>
    /// <exception cref="RunException">A history is damaged.</exception>
    public IReadOnlyList<VariantSummary> Summaries(string? baseline = null, string? className = null)
    {
        if (_results.Count == 0)
        {
            throw new ExperimentException("No run of the grid is finished yet; run it first.");
        }

        var first = Of(baseline ?? _results[0].Run.Variant.Name);
        var names = _results[0].Evaluation.Classes.Select(c => c.Class).ToArray();
        if (className is not null && !names.Contains(className))
        {
            throw new ExperimentException($"There is no class '{className}'; choose {string.Join(", ", names)}.");
        }

        bool Counts(ClassResult result) => className is null || result.Class == className;
        var (dice, distance) = (new ScanMetric(c => Counts(c) ? c.Dice : null), new ScanMetric(c => Counts(c) ? c.HausdorffDistance95 : null));
        return [.. _results.GroupBy(result => result.Run.Variant.Name).Select(group => new VariantSummary
        {
            Variant = group.Key,
            Runs = group.Count(),
            Dice = dice.OverSeeds(group),
            DiceInterval = dice.Interval(group),
            HausdorffDistance95 = distance.OverSeeds(group),
            DiceDifference = group.Key == first[0].Run.Variant.Name ? null : dice.Difference(group, first),
            HausdorffDifference = group.Key == first[0].Run.Variant.Name ? null : distance.Difference(group, first),
            Weights = group.Average(result => (double)result.Weights),
            ForwardFlops = group.Average(result => (double)result.ForwardFlops),
            Seconds = group.Average(result => result.Cost.Seconds),
        })];
    }

    /// <summary>A metric of scans.</summary>
    /// <param name="of">The metric of a class; null where it is not defined.</param>
    private sealed class ScanMetric(Func<ClassResult, double?> of)
    {
        /// <summary>Mean and spread over the seeds of the mean over classes of the mean over scans.</summary>
        public MetricSummary OverSeeds(IEnumerable<GridResult> results) => MetricSummary.Of(
            results.GroupBy(result => result.Run.Seed).Select(seed => MetricSummary.Of(
                seed.SelectMany(result => result.Evaluation.Cases).SelectMany(scan => scan.Classes)
                    .GroupBy(label => label.Class).Select(label => MetricSummary.Of(label.Select(of)).Mean)).Mean));

        /// <summary>The mean over the scans with its interval.</summary>
        public MeanInterval? Interval(IEnumerable<GridResult> results)
        {
            var scans = ByScan(results).OrderBy(scan => scan.Key.Case, StringComparer.Ordinal).ToArray();
            return scans.Length < 2
                ? null
                : Statistics.BootstrapInterval([.. scans.Select(s => s.Value)], new double[scans.Length], [.. scans.Select(s => s.Key.Fold)]);
        }

        /// <summary>The mean difference of one group of results to another, with its interval.</summary>
        public MeanInterval? Difference(IEnumerable<GridResult> results, IEnumerable<GridResult> baseline)
        {
            var (here, there) = (ByScan(results), ByScan(baseline));
            var common = here.Keys.Intersect(there.Keys).OrderBy(scan => scan.Case, StringComparer.Ordinal).ToArray();
            return common.Length < 2
                ? null
                : Statistics.BootstrapInterval([.. common.Select(s => here[s])], [.. common.Select(s => there[s])], [.. common.Select(s => s.Fold)]);
        }

        // The mean over classes, then over seeds.
        private Dictionary<(int Fold, string Case), double> ByScan(IEnumerable<GridResult> results) => results
            .SelectMany(result => result.Evaluation.Cases, (result, scan) => (Scan: (result.Run.Fold, scan.Case), MetricSummary.Of(scan.Classes.Select(of)).Mean))
            .Where(value => value.Mean is not null)
            .GroupBy(value => value.Scan, value => value.Mean!.Value)
            .ToDictionary(group => group.Key, group => group.Average());
    }
}

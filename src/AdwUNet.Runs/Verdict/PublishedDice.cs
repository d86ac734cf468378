using System.Globalization;
using AdwUNet.Evaluation;
using AdwUNet.Experiments;

namespace AdwUNet.Verdict;

/// <summary>The Dice of each scan that another program reached, from a table.</summary>
/// <param name="Name">The program or method.</param>
/// <param name="Dice">The Dice of each scan, the mean over its classes.</param>
public sealed record PublishedDice(string Name, IReadOnlyDictionary<string, double> Dice)
{
    /// <summary>Reads a table of comma-separated values with the columns <c>scan</c>, <c>class</c> and <c>dice</c>.</summary>
    /// <param name="path">The file. A Dice may be empty: the class is in neither segmentation.</param>
    /// <param name="name">The program or method.</param>
    /// <exception cref="ExperimentException">The file is missing or damaged, or a Dice is not from 0 to 1; the message names the line.</exception>
    public static PublishedDice Load(string path, string name)
    {
        var rows = Csv.Read<Row>(path, row => $"{row.Scan}, {row.Class}", remedy: "give a file with scan, class and dice (0 to 1) in each line");
        return rows.FirstOrDefault(row => row.Dice is < 0 or > 1) is { } wrong
            ? throw new ExperimentException(string.Create(
                CultureInfo.InvariantCulture, $"{path} has a Dice of {wrong.Dice} for {wrong.Scan}, {wrong.Class}; give numbers from 0 to 1."))
            : new(name, rows.GroupBy(row => row.Scan).Select(scan => (scan.Key, MetricSummary.Of(scan.Select(row => row.Dice)).Mean))
                .Where(scan => scan.Mean is not null).ToDictionary(scan => scan.Key, scan => scan.Mean!.Value));
    }

    /// <summary>Compares results of runs with it, on the scans that both have.</summary>
    /// <param name="results">Results of one network; several of one scan (seeds) are averaged.</param>
    /// <param name="margin">Differences below it do not matter.</param>
    /// <exception cref="ExperimentException">There is no result, or fewer than two scans are common.</exception>
    /// <exception cref="EvaluationException">The margin is not above 0.</exception>
    public Comparison Compare(IReadOnlyList<GridResult> results, double margin = Comparison.DefaultMargin)
    {
        ScanValues.Require(results, 1, "A comparison");
        return Compare(results[0].Run.Variant.Name, ScanValues.Of(results), margin);
    }

    /// <summary>Compares an evaluation with it, on the scans that both have.</summary>
    /// <param name="name">What was evaluated.</param>
    /// <param name="report">The evaluation.</param>
    /// <param name="fold">The fold of its scans.</param>
    /// <param name="margin">Differences below it do not matter.</param>
    /// <exception cref="ExperimentException">Fewer than two scans are common.</exception>
    /// <exception cref="EvaluationException">The margin is not above 0.</exception>
    public Comparison Compare(string name, EvaluationReport report, int fold, double margin = Comparison.DefaultMargin)
    {
        ArgumentNullException.ThrowIfNull(report);
        return Compare(name, ScanValues.Of([(fold, report)]), margin);
    }

    private Comparison Compare(string name, Dictionary<(int Fold, string Case), double> values, double margin) => Comparison.Of(
        name, values, Name, values.Keys.Where(scan => Dice.ContainsKey(scan.Case)).ToDictionary(scan => scan, scan => Dice[scan.Case]), margin);

    private sealed record Row(string Scan, string Class, double? Dice);
}

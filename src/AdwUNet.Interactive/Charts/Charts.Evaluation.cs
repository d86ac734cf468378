using AdwUNet.Evaluation;
using AdwUNet.Prediction;
using Plotly.NET;

namespace AdwUNet.Interactive;

public static partial class Charts
{
    /// <summary>The Dice of every case, one strip per class.</summary>
    /// <param name="report">What was evaluated; cases with a class in neither map have no point there.</param>
    public static GenericChart Dice(EvaluationReport report) => Strip(
        report.Classes.Select(c => c.Class).ToList(),
        [.. report.Classes.Select((_, i) => (IReadOnlyList<double?>)report.Cases.Select(c => c.Classes[i].Dice).ToList())],
        "Dice",
        report.Cases.Select(c => c.Case).ToList(),
        $"Dice of {Summaries.Count(report.Cases.Count, "case")}");

    /// <summary>The Dice of every case, one strip per class and network.</summary>
    /// <param name="reports">Evaluations of networks on the same cases, by the networks' names.</param>
    /// <exception cref="ChartException">There are none, or they have different cases or classes.</exception>
    public static GenericChart Dice(IReadOnlyDictionary<string, EvaluationReport> reports)
    {
        if (reports.Count == 0) throw new ChartException("There are no evaluations to show; give at least one.");
        var first = reports.First().Value;
        var different = reports.FirstOrDefault(report =>
            !report.Value.Cases.Select(c => c.Case).SequenceEqual(first.Cases.Select(c => c.Case))
            || !report.Value.Classes.Select(c => c.Class).SequenceEqual(first.Classes.Select(c => c.Class)));
        if (different.Key is not null)
        {
            throw new ChartException($"'{different.Key}' was evaluated on other cases or classes than '{reports.First().Key}'; compare only evaluations of the same cases and classes.");
        }

        var strips = first.Classes.SelectMany((label, index) => reports.Select(report => (
            Name: $"{label.Class}, {report.Key}",
            Values: (IReadOnlyList<double?>)[.. report.Value.Cases.Select(c => c.Classes[index].Dice)]))).ToList();
        return Strips(
            strips.ConvertAll(strip => strip.Name),
            strips.ConvertAll(strip => strip.Values),
            strip => (strip / reports.Count) + 1,
            "Dice",
            first.Cases.Select(c => c.Case).ToList(),
            $"Dice of {Summaries.Count(first.Cases.Count, "case")} by network").WithCaption(
            "Each point is a case; each line is a median. All networks have the same cases. A difference between medians that is small compared with the spread says little.");
    }
}

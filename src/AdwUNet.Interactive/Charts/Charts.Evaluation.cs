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
}

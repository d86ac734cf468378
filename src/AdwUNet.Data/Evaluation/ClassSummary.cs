namespace AdwUNet.Evaluation;

/// <summary>How well one class was found over all cases.</summary>
public sealed record ClassSummary
{
    /// <summary>The class's name.</summary>
    public required string Class { get; init; }

    /// <summary>Dice over the cases that have the class in either map; missed and falsely found count as 0.</summary>
    public required MetricSummary Dice { get; init; }

    /// <summary>95 % Hausdorff distance in mm over the cases that have the class in both maps.</summary>
    public required MetricSummary HausdorffDistance95 { get; init; }

    /// <summary>Cases with the class in neither map.</summary>
    public required int Neither { get; init; }

    /// <summary>Cases with the class only in the reference.</summary>
    public required int Missed { get; init; }

    /// <summary>Cases with the class only in the prediction.</summary>
    public required int FalselyFound { get; init; }

    /// <summary>Summarises one class's results.</summary>
    internal static ClassSummary Of(string name, IReadOnlyList<ClassResult> results) => new()
    {
        Class = name,
        Dice = MetricSummary.Of(results.Select(result => result.Dice)),
        HausdorffDistance95 = MetricSummary.Of(results.Select(result => result.HausdorffDistance95)),
        Neither = results.Count(result => result.Presence == ClassPresence.Neither),
        Missed = results.Count(result => result.Presence == ClassPresence.Missed),
        FalselyFound = results.Count(result => result.Presence == ClassPresence.FalselyFound),
    };
}

namespace AdwUNet.Prediction;

/// <summary>Mean and spread of a metric over the cases in which it is defined.</summary>
/// <param name="Count">Cases in which it is defined.</param>
/// <param name="Mean">Mean over them; null when there is none.</param>
/// <param name="StandardDeviation">Sample standard deviation (n − 1); null when there are fewer than two.</param>
public sealed record MetricSummary(int Count, double? Mean, double? StandardDeviation)
{
    /// <summary>Summarises the values that are not null.</summary>
    public static MetricSummary Of(IEnumerable<double?> values)
    {
        var defined = values.OfType<double>().ToArray();
        if (defined.Length == 0)
            return new(0, null, null);

        var mean = defined.Average();
        var squares = defined.Sum(value => (value - mean) * (value - mean));
        return new(defined.Length, mean, defined.Length > 1 ? Math.Sqrt(squares / (defined.Length - 1)) : null);
    }
}

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

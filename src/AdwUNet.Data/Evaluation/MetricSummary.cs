namespace AdwUNet.Evaluation;

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

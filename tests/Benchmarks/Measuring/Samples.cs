namespace AdwUNet.Benchmarks.Measuring;

/// <summary>Repeated measurements of one thing.</summary>
internal sealed class Samples
{
    private readonly List<double> _values = [];

    public int Count => _values.Count;

    /// <summary>Whether there is anything.</summary>
    public bool IsEmpty => _values.Count == 0;

    public double Median => Quantile(0.5);

    public double Least => _values.Min();

    public double Sum => _values.Sum();

    /// <summary>Half of the distance between the quartiles, relative to the median.</summary>
    public double Spread => (Quantile(0.75) - Quantile(0.25)) / 2 / Median;

    public void Add(double value) => _values.Add(value);

    private double Quantile(double share)
    {
        var sorted = _values.Order().ToArray();
        var at = share * (sorted.Length - 1);
        var (low, high) = (sorted[(int)Math.Floor(at)], sorted[(int)Math.Ceiling(at)]);
        return low + ((high - low) * (at - Math.Floor(at)));
    }
}

using AdwUNet.Experiments;

namespace AdwUNet.Verdict;

/// <summary>
/// The Dice that manual scaling reaches at a given cost: for each scan, the least-squares line of the Dice of the scaled networks over the logarithm of their
/// operations. A searched network is compared with the line at its own cost, so that a larger network is not credited to the search.
/// </summary>
public sealed class ScalingLine
{
    /// <summary>How many runs a line needs.</summary>
    internal const int LeastRuns = 3;

    private readonly double[] _costs;
    private readonly Dictionary<(int Fold, string Case), double>[] _values;

    /// <summary>Fits the line.</summary>
    /// <param name="scaled">Runs of networks scaled by hand, with at least two different costs.</param>
    /// <exception cref="ExperimentException">There are fewer than three runs, or all have the same cost.</exception>
    public ScalingLine(IReadOnlyList<GridResult> scaled)
    {
        ScanValues.Require(scaled, LeastRuns, "The line of manual scaling");
        _costs = [.. scaled.Select(result => Math.Log2(result.ForwardFlops))];
        if (_costs.Max() == _costs.Min())
        {
            throw new ExperimentException("All networks of the manual scaling have the same operations; give networks of different costs.");
        }

        _values = [.. scaled.Select(result => ScanValues.Of([result]))];
    }

    /// <summary>The mean Dice of the line at a cost.</summary>
    /// <param name="flops">Operations of a forward pass.</param>
    public double At(double flops) => ScansAt(flops).Values.Average();

    /// <summary>Compares a network with the line at the network's cost.</summary>
    /// <param name="result">Its run.</param>
    /// <param name="margin">See <see cref="Comparison"/>.</param>
    /// <exception cref="ExperimentException">Fewer than two scans are common.</exception>
    public Comparison Compare(GridResult result, double margin = Comparison.DefaultMargin)
    {
        ArgumentNullException.ThrowIfNull(result);
        return Compare([result], result.Run.Variant.Name, margin);
    }

    /// <summary>Compares networks with the line, each at its own cost. Several on one scan are averaged, and so are their places on the line.</summary>
    /// <param name="results">Their runs.</param>
    /// <param name="name">What they are.</param>
    /// <param name="margin">See <see cref="Comparison"/>.</param>
    /// <exception cref="ExperimentException">There is no run, or fewer than two scans are common.</exception>
    public Comparison Compare(IReadOnlyList<GridResult> results, string name, double margin = Comparison.DefaultMargin)
    {
        ScanValues.Require(results, 1, name);
        var line = results
            .SelectMany(result =>
            {
                var own = ScanValues.Of([result]);
                return ScansAt(result.ForwardFlops).Where(scan => own.ContainsKey(scan.Key));
            })
            .GroupBy(scan => scan.Key, scan => scan.Value).ToDictionary(scan => scan.Key, scan => scan.Average());
        return Comparison.Of(name, ScanValues.Of(results), "manual scaling at the same operations", line, margin);
    }

    private Dictionary<(int Fold, string Case), double> ScansAt(double flops)
    {
        var mean = _costs.Average();
        var squares = _costs.Sum(cost => (cost - mean) * (cost - mean));
        // The line is linear in the values: each network's value has a weight, the same for all scans.
        var weights = _costs.Select(cost => (1.0 / _costs.Length) + ((Math.Log2(flops) - mean) * (cost - mean) / squares)).ToArray();
        return _values[0].Keys.Where(scan => _values.All(list => list.ContainsKey(scan)))
            .ToDictionary(scan => scan, scan => _values.Zip(weights, (list, weight) => list[scan] * weight).Sum());
    }
}

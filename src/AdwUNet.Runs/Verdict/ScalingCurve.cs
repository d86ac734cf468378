using AdwUNet.Experiments;
using MathNet.Numerics.LinearAlgebra;

namespace AdwUNet.Verdict;

/// <summary>
/// The Dice that manual scaling reaches at a given cost: for each scan, the least-squares parabola of the Dice of the scaled networks over the logarithm of their
/// operations (Dice levels off as networks grow), a line where there are fewer than five different costs. Outside the costs of the scaled networks, the nearest of
/// them counts. A searched network is compared with the curve at its own cost, so that a larger network is not credited to the search.
/// </summary>
public sealed class ScalingCurve
{
    /// <summary>How many runs a curve needs.</summary>
    internal const int LeastRuns = 3;

    private const int LeastCostsOfParabola = 5;

    private readonly double[] _costs;
    private readonly Dictionary<(int Fold, string Case), double>[] _values;

    /// <summary>Fits the curve.</summary>
    /// <param name="scaled">Runs of networks scaled by hand, with at least two different costs.</param>
    /// <exception cref="ExperimentException">There are fewer than three runs, or all have the same cost.</exception>
    public ScalingCurve(IReadOnlyList<GridResult> scaled)
    {
        ScanValues.Require(scaled, LeastRuns, "The curve of manual scaling");
        _costs = [.. scaled.Select(result => Math.Log2(result.ForwardFlops))];
        if (_costs.Max() == _costs.Min())
        {
            throw new ExperimentException("All networks of the manual scaling have the same operations; give networks of different costs.");
        }

        _values = [.. scaled.Select(result => ScanValues.Of([result]))];
    }

    /// <summary>The mean Dice of the curve at a cost.</summary>
    /// <param name="flops">Operations of a forward pass.</param>
    public double At(double flops) => ScansAt(flops).Values.Average();

    /// <summary>Compares a network with the curve at the network's cost.</summary>
    /// <param name="result">Its run.</param>
    /// <param name="margin">See <see cref="Comparison"/>.</param>
    /// <exception cref="ExperimentException">Fewer than two scans are common.</exception>
    public Comparison Compare(GridResult result, double margin = Comparison.DefaultMargin)
    {
        ArgumentNullException.ThrowIfNull(result);
        return Compare([result], result.Run.Variant.Name, margin);
    }

    /// <summary>Compares networks with the curve, each at its own cost. Several on one scan are averaged, and so are their places on the curve.</summary>
    /// <param name="results">Their runs.</param>
    /// <param name="name">What they are.</param>
    /// <param name="margin">See <see cref="Comparison"/>.</param>
    /// <exception cref="ExperimentException">There is no run, or fewer than two scans are common.</exception>
    public Comparison Compare(IReadOnlyList<GridResult> results, string name, double margin = Comparison.DefaultMargin)
    {
        ScanValues.Require(results, 1, name);
        var curve = results
            .SelectMany(result =>
            {
                var own = ScanValues.Of([result]);
                return ScansAt(result.ForwardFlops).Where(scan => own.ContainsKey(scan.Key));
            })
            .GroupBy(scan => scan.Key, scan => scan.Value).ToDictionary(scan => scan.Key, scan => scan.Average());
        return Comparison.Of(name, ScanValues.Of(results), "manual scaling at the same operations", curve, margin);
    }

    private Dictionary<(int Fold, string Case), double> ScansAt(double flops)
    {
        // The curve is linear in the values: each network's value has a weight, the same for all scans.
        var mean = _costs.Average();
        var powers = _costs.Distinct().Count() < LeastCostsOfParabola ? 2 : 3;
        var at = Math.Clamp(Math.Log2(flops), _costs.Min(), _costs.Max()) - mean;
        var design = Matrix<double>.Build.Dense(_costs.Length, powers, (network, power) => Math.Pow(_costs[network] - mean, power));
        var weights = design * design.TransposeThisAndMultiply(design).Solve(Vector<double>.Build.Dense(powers, power => Math.Pow(at, power)));
        return _values[0].Keys.Where(scan => _values.All(list => list.ContainsKey(scan)))
            .ToDictionary(scan => scan, scan => _values.Zip(weights, (list, weight) => list[scan] * weight).Sum());
    }
}

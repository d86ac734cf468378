using AdwUNet.Experiments;

namespace AdwUNet.Verdict;

/// <summary>
/// Random search at the cost of a gradient search (Li and Talwalkar, arXiv 1902.07638): as many random networks are trained for a few epochs as a search
/// costs, and the one with the best Dice on its monitoring patches is trained in full. The result is the mean over all choices of the candidates among the
/// random networks at hand, computed exactly.
/// </summary>
/// <param name="Candidates">How many networks are trained for a few epochs.</param>
/// <param name="Epochs">For how many epochs each.</param>
/// <param name="Networks">The random networks at hand.</param>
/// <param name="Difference">The searched network compared with the expected result of random search, scan by scan.</param>
public sealed record RandomSearch(int Candidates, int Epochs, int Networks, Comparison Difference)
{
    /// <summary>Simulates it.</summary>
    /// <param name="searched">A run with a search.</param>
    /// <param name="random">Runs of random networks on the same fold, trained in full, whose curves have the first epochs.</param>
    /// <param name="epochs">The epochs of a short training. The learning rate of these epochs is that of the full training's beginning.</param>
    /// <param name="candidates">
    /// How many short trainings. When null: the duration of the search divided by that of a mean short training, which is meaningful where all ran on a machine
    /// with the same load; at least 1, at most the networks at hand.
    /// </param>
    /// <param name="margin">See <see cref="Comparison"/>.</param>
    /// <exception cref="ExperimentException">There are too few random networks, or one has fewer epochs, or the run has no search.</exception>
    public static RandomSearch Of(
        GridResult searched, IReadOnlyList<GridResult> random, int epochs = 5, int? candidates = null, double margin = Comparison.DefaultMargin)
    {
        ArgumentNullException.ThrowIfNull(searched);
        ScanValues.Require(random, 2, "Random search");
        var shorts = random.Select(result => Short(result, epochs)).ToArray();
        var cost = searched.Curve.Where(point => point.Stage == CurvePoint.Search).Sum(point => point.Seconds);
        if (candidates is null && !(cost > 0))
        {
            throw new ExperimentException($"The run '{searched.Run.Name}' has no search whose duration is known; give the number of candidates.");
        }

        var count = Math.Clamp(candidates ?? (int)(cost / shorts.Average(run => run.Sum(point => point.Seconds))), 1, random.Count);
        var ranked = random.Zip(shorts).OrderByDescending(pair => pair.Second[^1].Dice ?? 0).Select(pair => pair.First).ToArray();
        var chances = ChancesOfBest(random.Count, count);
        var values = ranked.Select(result => ScanValues.Of([result])).ToArray();
        var expected = values[0].Keys.Where(scan => values.All(list => list.ContainsKey(scan)))
            .ToDictionary(scan => scan, scan => values.Zip(chances, (list, chance) => list[scan] * chance).Sum());
        return new(count, epochs, random.Count, Comparison.Of(
            searched.Run.Variant.Name, ScanValues.Of([searched]), $"random search with {Words.Count(count, "short training")}", expected, margin));
    }

    /// <summary>The comparison, and what was simulated.</summary>
    public string Sentence =>
        $"{Difference.Sentence} Random search is the mean over all choices of {Words.Count(Candidates, "candidate")} among {Networks} random networks; each trains "
        + $"for {Words.Count(Epochs, "epoch")}, and the best one in full.";

    /// <summary>For networks in order, the best first: the probability that a network is the best of k that are drawn without replacement from n.</summary>
    internal static double[] ChancesOfBest(int n, int k)
    {
        var chances = new double[n];
        var chance = (double)k / n; // of the first; each next one: C(n − i − 1, k − 1) / C(n − i, k − 1) times the one before
        for (var i = 0; i + k <= n; i++)
        {
            chances[i] = chance;
            chance *= i + 1 < n ? (double)(n - i - k) / (n - i - 1) : 0;
        }

        return chances;
    }

    private static CurvePoint[] Short(GridResult result, int epochs)
    {
        CurvePoint[] points = [.. result.Curve.Where(point => point.Stage == CurvePoint.Training).Take(epochs)];
        return epochs > 0 && points.Length == epochs
            ? points
            : throw new ExperimentException($"The training of '{result.Run.Name}' has {points.Length} epochs and {epochs} were asked for; give at least 1 and at most as many as it has.");
    }
}

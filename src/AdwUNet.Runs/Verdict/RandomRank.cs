using AdwUNet.Evaluation;
using AdwUNet.Experiments;

namespace AdwUNet.Verdict;

/// <summary>Where a searched network stands among random ones of the same space that were trained alike (Yang et al., arXiv 1912.12522).</summary>
/// <param name="Name">The searched network.</param>
/// <param name="Rank">1 for the highest Dice; a random network with the same Dice comes first.</param>
/// <param name="Random">Mean, standard deviation and number of the random networks' Dice.</param>
/// <param name="Best">The highest Dice of a random network.</param>
/// <param name="ToMean">The searched network compared with the mean of the random ones, scan by scan.</param>
public sealed record RandomRank(string Name, int Rank, MetricSummary Random, double Best, Comparison ToMean)
{
    /// <summary>Ranks a searched network.</summary>
    /// <param name="searched">Its run.</param>
    /// <param name="random">Runs of random networks on the same fold, with the same training.</param>
    /// <param name="margin">See <see cref="Comparison"/>.</param>
    /// <exception cref="ExperimentException">There are fewer than two random networks, one is of another fold or has no Dice.</exception>
    public static RandomRank Of(GridResult searched, IReadOnlyList<GridResult> random, double margin = Comparison.DefaultMargin)
    {
        ArgumentNullException.ThrowIfNull(searched);
        ScanValues.Require(random, 2, "A rank among random networks");
        if (random.FirstOrDefault(result => result.Run.Fold != searched.Run.Fold) is { } other)
        {
            throw new ExperimentException($"'{other.Run.Name}' is of another fold than '{searched.Run.Name}'; compare networks on the same scans.");
        }

        var dice = ScanValues.Dice(searched);
        return new(
            searched.Run.Variant.Name, 1 + random.Count(result => ScanValues.Dice(result) >= dice), MetricSummary.Of(random.Select(result => result.Dice)),
            random.Max(ScanValues.Dice), Comparison.Of([searched], random, margin, other: "the mean random network"));
    }

    /// <summary>
    /// The probability that a search that finds nothing, and so trains a random network, ranks as high as this: rank / (n + 1).
    /// </summary>
    public double P => (double)Rank / (Random.Count + 1);

    /// <summary>The rank with its figures, and the difference to the mean random network.</summary>
    public string Sentence =>
        $"{Name} ranks {Rank} of {Random.Count + 1} among itself and {Random.Count} random networks of its space (Dice {Words.Dice(Random.Mean!.Value)} ± "
        + $"{Words.Dice(Random.StandardDeviation!.Value)}, best {Words.Dice(Best)}); a random network ranks as high with probability {Words.Short(P)}{(Rank == 1 ? ", the smallest that so many can show" : "")}. {ToMean.Sentence}";
}

using AdwUNet.Architectures;
using AdwUNet.Evaluation;
using AdwUNet.Experiments;
using AdwUNet.Networks;
using AdwUNet.Runs;
using AdwUNet.Search;
using AdwUNet.Training;

namespace AdwUNet.Verdict;

/// <summary>
/// Whether a supernet ranks networks as their own trainings do (Yu et al., arXiv 1902.08142): the loss of each network inside the supernet, with the shared
/// weights of the finished search, against its Dice when trained alone.
/// </summary>
/// <param name="Networks">Name, loss inside the supernet on monitoring patches, Dice when trained alone.</param>
/// <param name="Kendall">Their rank correlation: 1 where a smaller loss always goes with a larger Dice.</param>
public sealed record SupernetRanking(IReadOnlyList<(string Name, double Inside, double Alone)> Networks, KendallResult Kendall)
{
    private const double Certain = 100; // e^-100 is 0 in float32
    private const int DefaultBatches = 20;

    /// <summary>Correlates scores with trainings.</summary>
    /// <param name="scores">The loss inside the supernet by the run's <see cref="GridRun.Key"/>.</param>
    /// <param name="trained">Runs of these networks; those without a score are left out.</param>
    /// <exception cref="ExperimentException">Fewer than three runs have a score, or all have the same, so that they have no order.</exception>
    public static SupernetRanking Of(IReadOnlyDictionary<string, double> scores, IReadOnlyList<GridResult> trained)
    {
        ArgumentNullException.ThrowIfNull(scores);
        GridResult[] scored = [.. trained.Where(result => scores.ContainsKey(result.Run.Key))];
        ScanValues.Require(scored, 3, "A rank correlation of supernet and training");
        var networks = scored.Select(result => (result.Run.Variant.Name, scores[result.Run.Key], ScanValues.Dice(result))).ToArray();
        var kendall = Statistics.Kendall([.. networks.Select(n => -n.Item2)], [.. networks.Select(n => n.Item3)]);
        return double.IsNaN(kendall.Tau)
            ? throw new ExperimentException("All networks have the same loss inside the supernet, or the same Dice when trained alone, so that they have no order; score networks that differ.")
            : new(networks, kendall);
    }

    /// <summary>The correlation as a sentence.</summary>
    public string Sentence =>
        $"Between the order by loss inside the supernet and the order by Dice when trained alone, Kendall's τ is {Words.Tau(Kendall.Tau)} over "
        + $"{Words.Count(Networks.Count, "network")} ({Words.P(Kendall.P)}; 1 would be the same order, 0 none).";

    /// <summary>Scores networks inside the supernet of a finished search, on the patches that monitor it.</summary>
    /// <param name="searched">The run of the search, with its checkpoint.</param>
    /// <param name="networks">Networks of its search space.</param>
    /// <param name="batches">Batches of patches; the same ones for each network.</param>
    /// <returns>The loss of each network.</returns>
    /// <exception cref="RunException">The search is not finished, or its checkpoint is lost.</exception>
    /// <exception cref="ExperimentException">A network is not in the space.</exception>
    public static IReadOnlyList<double> Score(GridRun searched, IReadOnlyList<Architecture> networks, int batches = DefaultBatches)
    {
        ArgumentNullException.ThrowIfNull(searched);
        var experiment = searched.Experiment.With(searched.Settings);
        using var store = experiment.EnsureStore();
        var cases = experiment.Cases(store, searched.Fold);
        using var search = searched.OpenSearch(store.Plan, cases);
        if (!search.IsFinished || search.LostCheckpoint is not null)
        {
            throw new RunException(search.LostCheckpoint ?? $"The search in {search.Folder} is not finished; run it first.");
        }

        var (supernet, options) = (search.Supernet, searched.Settings.Search);
        var loss = DeepSupervision.Of(store.Plan, options.Loss);
        var validation = new PatchValidation(cases.Monitor, store.Plan, options.Sampling, options.Seed, "supernet score", batches, experiment.Device, 1);
        return [.. networks.Select(network =>
        {
            Select(supernet, network);
            return validation.Run(new SearchState(), supernet, loss, _ => { }).Loss;
        })];
    }

    /// <summary>Sets alphas, betas, temperature and noise of a supernet so that it computes one network.</summary>
    /// <exception cref="ExperimentException">The network is not in the supernet's space.</exception>
    internal static void Select(Supernet supernet, Architecture network)
    {
        var logits = supernet.Logits();
        if (network.Widths.Count != logits.Blocks.Count)
        {
            throw new ExperimentException($"The network {network} has {network.Widths.Count} blocks and the supernet {logits.Blocks.Count}; give networks of the same plan.");
        }

        double[] Only(int count, int option) => option >= 0 && (option < count || count == 0)
            ? [.. Enumerable.Range(0, count).Select(i => i == option ? Certain : 0)]
            : throw new ExperimentException($"The network {network} is not in the search space of the supernet; give networks of that space.");
        SearchRun.UseLogits(supernet, logits with
        {
            Blocks = [.. logits.Blocks.Zip(network.Widths, (block, widths) => block with
            {
                Betas = Only(block.Betas.Count, widths.Count - 1),
                Alphas = [.. block.Alphas.Select((alphas, unit) => Only(
                    alphas.Count, unit < widths.Count ? block.WidthOptions[unit].ToList().IndexOf(widths[unit]) : 0))],
            })],
        });
        supernet.Choice.Temperature = 1;
        supernet.Choice.Noise = GumbelNoise.None;
    }
}

using AdwUNet.Architectures;
using AdwUNet.Experiments;
using AdwUNet.Networks;
using AdwUNet.Runs.Tests.Experiments;
using AdwUNet.Verdict;

namespace AdwUNet.Runs.Tests.Verdict;

/// <summary>Networks inside a supernet and trained alone.</summary>
public sealed class SupernetRankingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new(inMemory: true);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Ranks_are_correlated_over_the_scored_networks()
    {
        GridResult[] trained = [.. new[] { 0.80, 0.82, 0.81, 0.83 }.Select((dice, i) => MadeResults.Of($"random {i}", [dice, dice]))];
        var scores = new Dictionary<string, double> { [trained[0].Run.Key] = -0.3, [trained[1].Run.Key] = -0.5, [trained[2].Run.Key] = -0.4 };
        var ranking = SupernetRanking.Of(scores, trained);
        Assert.Equal([("random 0", -0.3, 0.80), ("random 1", -0.5, 0.82), ("random 2", -0.4, 0.81)], ranking.Networks, (a, b) => a.Item1 == b.Item1 && Math.Abs(a.Item2 - b.Item2) + Math.Abs(a.Item3 - b.Item3) < 1e-12);
        Assert.Equal((1, 1 / 3.0), (ranking.Kendall.Tau, ranking.Kendall.P), (a, b) => Math.Abs(a.Item1 - b.Item1) + Math.Abs(a.Item2 - b.Item2) < 1e-12);
        Assert.StartsWith("Between the order by loss inside the supernet and the order by Dice when trained alone, Kendall's τ is 1.00 over 3 networks (p = 0.333;", ranking.Sentence, StringComparison.Ordinal);

        scores[trained[3].Run.Key] = -0.1; // three of six pairs are discordant
        Assert.Equal(0, SupernetRanking.Of(scores, trained).Kendall.Tau, 1e-12);
        foreach (var key in scores.Keys) scores[key] = 0.5;
        Assert.StartsWith("All networks have the same loss inside the supernet", Assert.Throws<ExperimentException>(() => SupernetRanking.Of(scores, trained)).Message, StringComparison.Ordinal);
        scores.Clear();
        Assert.Throws<ExperimentException>(() => SupernetRanking.Of(scores, trained));
    }

    [Fact]
    public void A_small_probability_is_not_0()
    {
        GridResult[] trained = [.. Enumerable.Range(0, 10).Select(i => MadeResults.Of($"random {i}", [0.8 + (0.01 * i), 0.8 + (0.01 * i)]))];
        var ranking = SupernetRanking.Of(trained.ToDictionary(result => result.Run.Key, result => -result.Dice!.Value), trained);
        Assert.Contains("is 1.00 over 10 networks (p < 0.001;", ranking.Sentence, StringComparison.Ordinal); // 2 / 10!
    }

    [Theory]
    [InlineData(Family.AdwUNet)]
    [InlineData(Family.AwUNet)]
    [InlineData(Family.AdUNet)]
    public void A_supernet_computes_the_selected_network(Family family)
    {
        var experiment = TinyGrids.Experiment(_folder.Root, family: family);
        using var store = experiment.EnsureStore(cancellation: TestContext.Current.CancellationToken);
        using var supernet = new Supernet(store.Plan, experiment.Space, 1);
        for (var seed = 1UL; seed <= 5; seed++)
        {
            var network = experiment.Space.Draw(store.Plan.PoolCount, seed);
            SupernetRanking.Select(supernet, network);
            Assert.Equal(network, supernet.Decode());
        }

        Assert.Contains("has 5 blocks and the supernet 3", Refused(supernet, Architecture.FromWidths([[4], [8], [8], [8], [4]])), StringComparison.Ordinal);
        Assert.Contains("is not in the search space", Refused(supernet, Architecture.FromWidths([[999, 999, 999, 999], [999], [999]])), StringComparison.Ordinal);
    }

    [Fact]
    public void Networks_are_scored_on_the_same_patches_of_the_finished_search()
    {
        var grid = TinyGrids.Experiment(_folder.Root, family: Family.AdwUNet).Grid("grid").Add("published");
        var run = grid.Runs[0];
        Assert.Throws<RunException>(() => SupernetRanking.Score(run, []));

        var found = grid.Run(cancellation: TestContext.Current.CancellationToken)[0].Architecture;
        var other = run.Settings.Space.Draw(found.PoolCount, 3);
        var scores = SupernetRanking.Score(run, [found, other, found], batches: 2);
        Assert.Equal(scores[0], scores[2]);
        Assert.NotEqual(scores[0], scores[1]);
        Assert.All(scores, score => Assert.True(double.IsFinite(score)));
    }

    private static string Refused(Supernet supernet, Architecture network) => Assert.Throws<ExperimentException>(() => SupernetRanking.Select(supernet, network)).Message;
}

using AdwUNet.Architectures;
using AdwUNet.Evaluation;
using AdwUNet.Experiments;
using AdwUNet.Planning;
using AdwUNet.Training;

namespace AdwUNet.Runs.Tests.Experiments;

/// <summary>A grid of runs: what it leaves, and that what is done is not done again.</summary>
public sealed class AblationTests : IDisposable
{
    private const int Seed = 5;
    private const int StepsPerRun = 2 * TinyRuns.Epochs * TinyRuns.Iterations;

    private static readonly AblationVariant[] Variants =
    [
        new("narrow", new SearchSpace { Family = Family.AwUNet, BaseWidth = 6, MaxWidth = 6, MaxDepth = 1 }),
        new("up to 2 deep", new SearchSpace { Family = Family.AdUNet, BaseWidth = 4, MaxWidth = 8, MaxDepth = 2 }),
    ];

    private readonly TemporaryFolder _folder = new(inMemory: true);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_variant_is_run_with_every_seed_in_a_folder_of_its_own()
    {
        var grid = Grid("grid", seeds: [Seed, Seed + 1]);
        var results = Finish(grid);

        Assert.Equal(["narrow, seed 5", "narrow, seed 6", "up to 2 deep, seed 5", "up to 2 deep, seed 6"], results.Select(r => r.Run.Name));
        Assert.All(grid.Runs, run => Assert.True(run.IsFinished));
        Assert.Equal(_folder.PathOf("grid", "narrow", "seed6", "search"), grid.Runs[1].SearchFolder);
        Assert.All(results, r => Assert.Equal((TinyRuns.Epochs, TinyRuns.Epochs), (r.Search.Count, r.Training.Count)));
        Assert.All(results, r => Assert.Equal(r.Search[^1].Architecture, r.Architecture.ToString()));
        Assert.Equal([Family.AwUNet, Family.AwUNet, Family.AdUNet, Family.AdUNet], results.Select(r => r.Architecture.Family));
        Assert.NotEqual(results[2].Training[^1].TrainingLoss, results[3].Training[^1].TrainingLoss);
    }

    [Fact]
    public void A_result_says_what_the_derived_network_costs_and_how_well_it_segments()
    {
        var result = Finish(Grid("grid"))[1];

        Assert.Equal(NetworkCost.Of(result.Architecture, TinyRuns.Plan).Weights, result.Cost.Weights);
        Assert.Equal(
            NetworkCost.Of(result.Architecture, TinyRuns.Plan with { BatchSize = 1 }).ForwardFlops, result.Cost.ForwardFlops);
        var dice = result.Training.SelectMany(epoch => epoch.ValidationDice).OfType<double>().ToArray(); // of all, for there are three epochs
        Assert.NotEmpty(dice);
        Assert.Equal(dice.Average(), result.Dice!.Value, 1e-12);
    }

    [Fact]
    public void Finished_runs_are_read_and_not_run_again()
    {
        var results = Finish(Grid("grid"));
        var files = Files("grid");
        var told = new List<int>();
        var again = Grid("grid");

        var read = again.Run(new Immediate<int>(told.Add), TestContext.Current.CancellationToken).ToList();

        Assert.Equal([again.Iterations], told);
        Assert.Equal(files, Files("grid"));
        Assert.Equal(results.Select(Summary), read.Select(Summary));
        Assert.Equal(results.Select(Summary), again.Results().Select(Summary));
    }

    [Theory]
    [InlineData(2)] // in the first search
    [InlineData(StepsPerRun - 3)] // in the first training
    [InlineData(StepsPerRun + 5)] // in the second run's search
    public void A_grid_that_was_stopped_ends_as_one_that_was_not(int stop)
    {
        Finish(Grid("whole"));
        var grid = Grid("stopped");
        using var source = new CancellationTokenSource();
        var progress = new Immediate<int>(done =>
        {
            if (done == stop) source.Cancel();
        });

        Assert.Throws<OperationCanceledException>(() => grid.Run(progress, source.Token).ToList());
        Assert.Equal(stop / StepsPerRun, grid.Results().Count);

        Finish(Grid("stopped"));
        Assert.Equal(Files("whole"), Files("stopped"));
    }

    [Fact]
    public void Progress_counts_every_step_once_and_ends_at_the_whole()
    {
        var told = new List<int>();
        var grid = Grid("grid");
        _ = grid.Run(new Immediate<int>(told.Add), TestContext.Current.CancellationToken).ToList();

        Assert.Equal(2 * StepsPerRun, grid.Iterations);
        Assert.Equal(Enumerable.Range(0, grid.Iterations + 1), told);
    }

    [Fact]
    public void A_finished_run_of_other_settings_is_refused_by_the_name_of_what_differs()
    {
        Finish(Grid("grid"));
        var other = Variants[0] with { Space = Variants[0].Space with { MaskPlacement = MaskPlacement.AfterActivation } };

        var fault = Assert.Throws<RunException>(() => Finish(Grid("grid", variants: [other])));

        Assert.Contains("space.maskPlacement is \"beforeNorm\" there and \"afterActivation\" here", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_grid_without_runs_or_with_one_twice_is_refused()
    {
        Refused("An ablation of 0 variants and 1 seeds has no runs; give at least one of each.", [], [1]);
        Refused("An ablation of 2 variants and 0 seeds has no runs; give at least one of each.", Variants, []);
        Refused("The seeds of the ablation are 1, 2, 1; give each once, for the same seed gives the same run.", Variants, [1, 2, 1]);
        Refused(
            "Two variants of the ablation have the name 'narrow'; their runs would lie in one folder.",
            [Variants[0], Variants[1] with { Name = "Narrow" }], [1]);
        Refused("'a/b' cannot be a variant's name; use letters, digits, '-', '_' and '.'.", [Variants[0] with { Name = "a/b" }], [1]);
        Assert.Throws<ArchitectureException>(() => Grid("grid", [new("deep", Variants[1].Space with { MaxDepth = 5 })]));
        Assert.False(Directory.Exists(_folder.PathOf("grid")), "a folder was made before the settings were checked");
    }

    private static (string Name, string Architecture, double? Dice, long Weights, double Loss) Summary(AblationResult result) =>
        (result.Run.Name, result.Architecture.ToString(), result.Dice, result.Cost.Weights, result.Search[^1].ValidationLoss);

    private static List<AblationResult> Finish(Ablation grid) => [.. grid.Run(cancellation: TestContext.Current.CancellationToken)];

    private Ablation Grid(string name, IReadOnlyList<AblationVariant>? variants = null, IReadOnlyList<int>? seeds = null) => new(
        _folder.PathOf(name),
        TinyRuns.Plan,
        new ExperimentCases(new(TinyRuns.Cases(0), TinyRuns.Cases(10), TinyRuns.Cases(20, 1)), TinyRuns.Cases(0), TinyRuns.Cases(20, 1), []),
        variants ?? Variants,
        seeds ?? [Seed],
        new AblationOptions(TinyRuns.SearchOptions, TinyRuns.TrainingOptions));

    private void Refused(string message, IReadOnlyList<AblationVariant> variants, IReadOnlyList<int> seeds) =>
        Assert.Equal(message, Assert.Throws<ExperimentException>(() => Grid("grid", variants, seeds)).Message);

    /// <summary>The bytes of every file of all runs, but for how long each epoch took.</summary>
    private SortedDictionary<string, string> Files(string name)
    {
        var root = _folder.PathOf(name);
        return new(
            Directory.GetDirectories(root, "*", SearchOption.AllDirectories)
                .SelectMany(folder => TinyRuns.Files(folder), (folder, file) => (Name: Path.GetRelativePath(root, folder) + "/" + file.Key, file.Value))
                .ToDictionary(file => file.Name, file => file.Value),
            StringComparer.Ordinal);
    }
}

using AdwUNet.Architectures;
using AdwUNet.Experiments;
using AdwUNet.Planning;

namespace AdwUNet.Runs.Tests.Experiments;

/// <summary>A grid of runs: what it leaves, and that what is done is not done again.</summary>
public sealed class GridTests : IDisposable
{
    private const int Steps = 2 * TinyGrids.Epochs * TinyGrids.Iterations; // of a run that searches

    private readonly TemporaryFolder _folder = new(inMemory: true);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_variant_runs_on_every_fold_with_every_seed_in_a_folder_of_its_own()
    {
        var grid = TinyGrids.Experiment(_folder.Root).Grid("grid", folds: [0, 2], seeds: [5, 6])
            .Add("published").Add("nnU-Net's", e => e with { Architecture = ArchitectureSource.Manual });

        var results = grid.Run(cancellation: TestContext.Current.CancellationToken);

        string[] names = [
            "published, fold 0, seed 5", "published, fold 0, seed 6", "published, fold 2, seed 5", "published, fold 2, seed 6",
            "nnU-Net's, fold 0, seed 5", "nnU-Net's, fold 0, seed 6", "nnU-Net's, fold 2, seed 5", "nnU-Net's, fold 2, seed 6"];
        Assert.Equal(names, results.Select(r => r.Run.Name));
        Assert.Equal(Path.Combine(grid.Folder, "published", "fold2", "seed5"), results[2].Run.Folder);
        Assert.All(grid.Runs, run => Assert.True(run.IsFinished));
        Assert.All(results.Take(4), r => Assert.Equal(r.Search[^1].Architecture, r.Architecture.ToString()));
        Assert.All(results.Skip(4), r => Assert.Equal((0, "[[4, 4], [8, 8], [4, 4]]"), (r.Search.Count, r.Architecture.ToString())));
        Assert.All(results, r => Assert.Equal(TinyGrids.Epochs, r.Training.Count));
        Assert.NotEqual(results[0].Training[^1].TrainingLoss, results[1].Training[^1].TrainingLoss);
    }

    [Fact]
    public void A_result_has_whole_scans_of_the_fold_and_what_the_run_took()
    {
        var experiment = TinyGrids.Experiment(_folder.Root);
        var grid = experiment.Grid("grid", folds: [1]).Add("published");

        var result = grid.Run(cancellation: TestContext.Current.CancellationToken)[0];

        using var store = experiment.EnsureStore(cancellation: TestContext.Current.CancellationToken);
        var scans = experiment.OpenDataset(cancellation: TestContext.Current.CancellationToken).Cases;
        Assert.Equal(Splits.Fold(store.Cases.Select(c => c.Id), 1).Validation, result.Evaluation.Cases.Select(c => c.Case));
        foreach (var scan in result.Evaluation.Cases)
        {
            var labels = scans.Single(c => c.Id == scan.Case).ReadLabels().Data;
            Assert.Equal([1, 2], scan.Classes.Select((c, i) => labels.Count(label => label == i + 1) == c.ReferenceVoxels ? i + 1 : -1));
        }

        Assert.Equal(NetworkCost.Of(result.Architecture, store.Plan with { BatchSize = 1 }).ForwardFlops, result.ForwardFlops);
        Assert.Equal(NetworkCost.Of(result.Architecture, store.Plan).Weights, result.Weights);
        Assert.Equal(result.Search.Sum(e => e.Seconds), result.Cost.SearchSeconds);
        Assert.True(result.Cost is { TrainingSeconds: > 0, SegmentationSeconds: > 0 });
        Assert.InRange(result.Cost.PeakMemory, 1 << 26, 1L << 40); // bytes
    }

    [Fact]
    public void Finished_runs_are_read_and_not_run_again()
    {
        var first = Grid("grid").Run(cancellation: TestContext.Current.CancellationToken);
        var files = TinyGrids.Files(Grid("grid").Folder);
        var told = new List<GridProgress>();

        var again = Grid("grid").Run(new Immediate<GridProgress>(told.Add), TestContext.Current.CancellationToken);

        Assert.Equal([("finished", Steps), ("finished", Steps)], told.Select(p => (p.Stage, p.Done)));
        Assert.Equal(files, TinyGrids.Files(Grid("grid").Folder));
        Assert.Equal(first.Select(r => (r.Run.Name, r.Dice, r.Weights)), again.Select(r => (r.Run.Name, r.Dice, r.Weights)));
    }

    [Theory]
    [InlineData("search", 3)]
    [InlineData("training", Steps - 1)]
    [InlineData("evaluation", Steps)]
    public void A_grid_that_was_stopped_resumes_bit_for_bit(string stage, int done)
    {
        Grid("whole").Run(cancellation: TestContext.Current.CancellationToken);
        var grid = Grid("stopped");
        using var source = new CancellationTokenSource();
        var progress = new Immediate<GridProgress>(p =>
        {
            if (p.Run == grid.Runs[1] && p.Stage == stage && p.Done == done) source.Cancel();
        });

        Assert.Throws<OperationCanceledException>(() => grid.Run(progress, source.Token));
        Assert.Single(grid.Results());

        Grid("stopped").Run(cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(TinyGrids.Files(Grid("whole").Folder), TinyGrids.Files(Grid("stopped").Folder));
    }

    [Fact]
    public void Progress_counts_every_iteration_once()
    {
        var told = new List<GridProgress>();
        var grid = Grid("grid");
        grid.Run(new Immediate<GridProgress>(told.Add), TestContext.Current.CancellationToken);

        Assert.Equal(2 * Steps, grid.Iterations);
        foreach (var run in grid.Runs)
        {
            Assert.Equal(Enumerable.Range(1, Steps), told.Where(p => p.Run == run && p.Stage is "search" or "training").Select(p => p.Done));
        }

        Assert.Equal("finished", told[^1].Stage);
    }

    [Fact]
    public void A_variant_with_another_planner_has_preprocessed_cases_of_its_own()
    {
        var experiment = TinyGrids.Experiment(_folder.Root);
        var grid = experiment.Grid("grid").Add("published").Add("finer voxels", e => e with { Planner = e.Planner with { SpacingPercentile = 10 } });

        grid.Run(cancellation: TestContext.Current.CancellationToken);

        Assert.Equal(2, Directory.GetDirectories(_folder.PathOf("runs", "preprocessed")).Length);
    }

    [Fact]
    public void A_run_of_other_settings_is_refused_by_the_name_of_what_differs()
    {
        var experiment = TinyGrids.Experiment(_folder.Root);
        experiment.Grid("grid").Add("a").Run(cancellation: TestContext.Current.CancellationToken);
        var other = experiment.Grid("grid").Add("a", e => e with { Space = e.Space with { MaskPlacement = MaskPlacement.AfterActivation } });

        foreach (var use in new Action[] { () => other.Run(cancellation: TestContext.Current.CancellationToken), () => other.Results() })
        {
            Assert.Contains(
                "settings.space.maskPlacement is \"beforeNorm\" there and \"afterActivation\" here",
                Assert.Throws<RunException>(use).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_run_that_another_process_works_on_is_refused()
    {
        var run = Grid("grid").Runs[0];
        Directory.CreateDirectory(run.Folder);
        using var hold = RunLock.Take(run.Folder);
        Assert.Contains("is in use by", Assert.Throws<RunException>(() => run.Execute(cancellation: TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
    }

    private Grid Grid(string name) => TinyGrids.Experiment(_folder.Root).Grid(name, seeds: [5, 6]).Add("published");
}

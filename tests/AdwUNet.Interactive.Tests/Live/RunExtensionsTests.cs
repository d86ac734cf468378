using AdwUNet.Architectures;
using AdwUNet.Datasets;
using AdwUNet.Experiments;
using AdwUNet.Phantom;
using AdwUNet.Planning;
using AdwUNet.Preprocessing;
using AdwUNet.Runs;
using AdwUNet.Sampling;
using AdwUNet.Search;
using AdwUNet.Training;
using Microsoft.DotNet.Interactive;

namespace AdwUNet.Interactive.Tests.Live;

/// <summary>
/// Tests that take training steps do not run in parallel with others. TorchSharp passes numbers to native code as objects that the garbage collector
/// may free during the call; tests that allocate much at the same time make this likely.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public static class StepsByThemselves
{
    /// <summary>The collection's name.</summary>
    public const string Name = "steps by themselves";
}

/// <summary>Bars of searches and trainings that run, on a phantom of the quick profile's size.</summary>
[Collection(StepsByThemselves.Name)]
public sealed class RunExtensionsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly KernelInvocationContext _kernel = KernelInvocationContext.Enter();
    private readonly Profile _profile = Profile.Named("quick");
    private readonly Plan _plan;
    private readonly CaseStore _store;

    public RunExtensionsTests()
    {
        var (data, store) = (_folder.PathOf("data"), _folder.PathOf("store"));
        PhantomDataset.Create(data, new PhantomOptions { Cases = 2 });
        var dataset = Dataset.Load(data);
        _plan = Planner.Plan(Fingerprint.Compute(dataset), _profile.Planner);
        Preprocessor.Run(dataset, _plan, store);
        _store = CaseStore.Open(store);
    }

    public void Dispose()
    {
        KernelInvocationContext.Leave();
        _store.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Training_bar_counts_iterations_and_resumes_at_the_last_one()
    {
        var options = _profile.Training with { Epochs = 2, IterationsPerEpoch = 3, ValidationIterations = 1 };
        var architecture = Architecture.FromWidths([.. Enumerable.Repeat((IReadOnlyList<int>)[4], (2 * _plan.PoolCount) + 1)]);
        TrainingRun New() => new(_folder.PathOf("training"), _plan, architecture, _store.Cases, _store.Cases, options);
        using (var trainer = New())
        {
            var first = Assert.Single(trainer.RunWithProgress("Training", TestContext.Current.CancellationToken).Take(1));
            Assert.Equal(0, first.Epoch);
            Assert.StartsWith("Training: 0 of 6 iterations", _kernel.Shown[0].Text, StringComparison.Ordinal);
            Assert.StartsWith("Training: 3 of 6 iterations", _kernel.Shown[^1].Text, StringComparison.Ordinal);
        }

        using var again = New();
        Assert.Equal([1], again.RunWithProgress("Training", TestContext.Current.CancellationToken).Select(epoch => epoch.Epoch));
        Assert.StartsWith("Training: 6 of 6 iterations", _kernel.Shown[^1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void EnsureSearch_runs_a_missing_search_once_in_the_profile_quick()
    {
        Directory.CreateDirectory(_folder.PathOf("notebooks"));
        var experiment = new Experiment(_folder.Root, "phantom", "quick", "cpu", 1, "", "AdUNet");
        experiment.EnsureSearch(0, TestContext.Current.CancellationToken);
        Assert.Equal(_profile.Search.Epochs, experiment.SearchHistory(0).Count);
        Assert.NotNull(experiment.Architecture(0));
        var bars = _kernel.Shown.Count;
        experiment.EnsureSearch(0, TestContext.Current.CancellationToken);
        Assert.Equal(bars, _kernel.Shown.Count);

        var larger = new Experiment(_folder.Root, "phantom", "laptop", "cpu", 1, "", "AdUNet");
        larger.EnsureSearch(0, TestContext.Current.CancellationToken);
        Assert.Contains("02-search", Assert.Throws<ExperimentException>(() => larger.Architecture(0)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Search_bar_counts_iterations()
    {
        var options = _profile.Search with { Epochs = 2, IterationsPerEpoch = 2, ValidationIterations = 1, WarmUpEpochs = 1 };
        var cases = new SearchCases([_store.Cases[0]], [_store.Cases[1]], [_store.Cases[1]]);
        using var search = new SearchRun(_folder.PathOf("search"), _plan, _profile.Space(Family.AdwUNet), cases, options);
        Assert.Equal([0, 1], search.RunWithProgress("Search", TestContext.Current.CancellationToken).Select(epoch => epoch.Epoch));
        Assert.StartsWith("Search: 4 of 4 iterations", _kernel.Shown[^1].Text, StringComparison.Ordinal);
    }
}

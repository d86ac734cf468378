using AdwUNet.Experiments;

namespace AdwUNet.Runs.Tests.Experiments;

/// <summary>Trials of recipes, in miniature.</summary>
public sealed class RecipeTrialsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new(inMemory: true);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Trials_segment_the_cases_that_monitor_a_run_and_no_validation_case()
    {
        var experiment = TinyGrids.Experiment(_folder.Root);
        var grid = RecipeTrials.Of(experiment, steps: 4);
        using var store = experiment.EnsureStore(cancellation: TestContext.Current.CancellationToken);
        var cases = experiment.Cases(store, fold: 0);
        foreach (var name in new[] { RecipeTrials.Baseline, "cosine, momentum 0.95, average 0.99", "searched, from the supernet" })
        {
            var run = grid.Runs.Single(run => run.Variant.Name == name);
            run.Execute(cancellation: TestContext.Current.CancellationToken);
            var result = run.Result();
            Assert.Equal(cases.Monitor.Select(item => item.Id), result.Evaluation.Cases.Select(item => item.Case));
            Assert.Empty(result.Evaluation.Cases.Select(item => item.Case).Intersect(cases.TestIds));
            Assert.Equal(TinyGrids.Epochs, result.Training.Count);
        }
    }

    [Fact]
    public void Trials_of_one_network_move_its_weights_as_far_in_as_many_samples()
    {
        var laptop = Profile.Laptop.Training;
        var grid = RecipeTrials.Of(new Experiment("unused", "Task04_Hippocampus", Profile.Laptop, "cpu"), steps: 400);
        Assert.All(grid.Runs, run =>
        {
            var training = run.Settings.Training;
            Assert.Equal(run.Variant.Name == RecipeTrials.Wider ? 400 : 800, training.Epochs * training.IterationsPerEpoch * (training.Sampling.BatchSize ?? 2));
            Assert.Equal(laptop.LearningRate / (1 - laptop.Momentum), training.LearningRate / (1 - training.Momentum), 1e-9);
            Assert.True(run.Settings.EvaluatesMonitor, run.Name);
        });
        Assert.Equal(laptop.IterationsPerEpoch, RecipeTrials.Of(new Experiment("unused", "Task04_Hippocampus", Profile.Laptop, "cpu")).Runs[0].Settings.Training.IterationsPerEpoch);
    }

    [Fact]
    public void Cases_that_monitor_must_not_be_the_validation_cases()
    {
        var grid = new Experiment("unused", "Task04_Hippocampus", Profile.Paper, "cpu").Grid("trials");
        var fault = Assert.Throws<ExperimentException>(() => grid.Add("trial", e => e with { EvaluatesMonitor = true }));
        Assert.Contains("MonitorEvery", fault.Message, StringComparison.Ordinal);
    }
}

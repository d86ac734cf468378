using AdwUNet.Experiments;
using AdwUNet.Runs;
using AdwUNet.Search;
using AdwUNet.Training;

namespace AdwUNet.Interactive;

/// <summary>Searches and trainings with a progress bar below the cell.</summary>
public static class RunExtensions
{
    private const string Unit = "iterations";

    /// <summary>
    /// Where <c>02-search</c> has not been run, does its work, with a bar, in profiles with <see cref="Profile.SearchesOnTheWay"/>. In others it does
    /// nothing, and whatever reads the search says what to run first.
    /// </summary>
    /// <param name="experiment">Whose search.</param>
    /// <param name="fold">0..4.</param>
    /// <param name="cancellation">Stops it after the step at hand, whose state is then kept.</param>
    /// <exception cref="ExperimentException">There is no such dataset or fold.</exception>
    public static void EnsureSearch(this Experiment experiment, int fold, CancellationToken cancellation = default)
    {
        if (!experiment.Profile.SearchesOnTheWay || File.Exists(experiment.ArchitecturePath(fold)))
        {
            return;
        }

        using var store = experiment.EnsureStore(cancellation: cancellation);
        using var search = new SearchRun(
            experiment.SearchFolder(fold), store.Plan, experiment.Space, experiment.Cases(store, fold).Search, experiment.Profile.Search, experiment.Device);
        foreach (var epoch in search.RunWithProgress(experiment.RunName, cancellation))
        {
            // The bar is all that is shown.
        }
    }

    /// <summary>Runs a search, or what is left of it, with a bar that counts iterations.</summary>
    /// <param name="search">The search.</param>
    /// <param name="title">What the bar is called.</param>
    /// <param name="cancellation">Stops it after the step at hand, whose state is then kept.</param>
    /// <returns>The epochs, each when it is done; those of an earlier run are in <see cref="SearchRun.History"/>.</returns>
    public static IEnumerable<SearchEpoch> RunWithProgress(
        this SearchRun search, string title = "Search", CancellationToken cancellation = default) =>
        Run(title, search.Epochs, search.History.Count, search.IterationsPerEpoch, progress => search.Run(progress, cancellation));

    /// <summary>Runs a training, or what is left of it, with a bar that counts iterations.</summary>
    /// <param name="trainer">The training.</param>
    /// <param name="title">What the bar is called.</param>
    /// <param name="cancellation">Stops it after the step at hand, whose state is then kept.</param>
    /// <returns>The epochs, each when it is done; those of an earlier run are in <see cref="TrainingRun.History"/>.</returns>
    public static IEnumerable<TrainingEpoch> RunWithProgress(
        this TrainingRun trainer, string title = "Training", CancellationToken cancellation = default) =>
        Run(title, trainer.Epochs, trainer.History.Count, trainer.IterationsPerEpoch, progress => trainer.Run(progress, cancellation));

    private static IEnumerable<T> Run<T>(string title, int epochs, int done, int iterations, Func<IProgress<StepProgress>, IEnumerable<T>> run)
    {
        using var bar = new LiveProgress(title, epochs * iterations, Unit);
        bar.Report(done * iterations);
        foreach (var epoch in run(bar.From<StepProgress>(step => (step.Epoch * iterations) + step.Iteration)))
        {
            yield return epoch;
        }
    }
}

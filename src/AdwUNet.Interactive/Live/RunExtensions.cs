using AdwUNet.Search;
using AdwUNet.Training;

namespace AdwUNet.Interactive;

/// <summary>Searches and trainings with a progress bar below the cell.</summary>
public static class RunExtensions
{
    private const string Unit = "iterations";

    /// <summary>Runs a search, or what is left of it, with a bar that counts iterations.</summary>
    /// <param name="search">The search.</param>
    /// <param name="title">What the bar is called.</param>
    /// <param name="cancellation">Stops it after the step at hand, whose state is then kept.</param>
    /// <returns>The epochs, each when it is done; those of an earlier run are in <see cref="ArchitectureSearch.History"/>.</returns>
    public static IEnumerable<SearchEpoch> RunWithProgress(
        this ArchitectureSearch search, string title = "Search", CancellationToken cancellation = default) =>
        Run(title, search.Epochs, search.History.Count, search.IterationsPerEpoch, progress => search.Run(progress, cancellation));

    /// <summary>Runs a training, or what is left of it, with a bar that counts iterations.</summary>
    /// <param name="trainer">The training.</param>
    /// <param name="title">What the bar is called.</param>
    /// <param name="cancellation">Stops it after the step at hand, whose state is then kept.</param>
    /// <returns>The epochs, each when it is done; those of an earlier run are in <see cref="Trainer.History"/>.</returns>
    public static IEnumerable<TrainingEpoch> RunWithProgress(
        this Trainer trainer, string title = "Training", CancellationToken cancellation = default) =>
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

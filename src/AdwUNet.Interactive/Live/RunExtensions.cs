using AdwUNet.Experiments;
using AdwUNet.Networks;
using AdwUNet.Prediction;
using AdwUNet.Runs;
using AdwUNet.Training;

namespace AdwUNet.Interactive;

/// <summary>Searches and trainings with a progress bar below the cell.</summary>
public static class RunExtensions
{
    private const string Unit = "iterations";

    /// <summary>
    /// Runs the search of <c>02-search</c> with a progress bar if it is missing and the profile has <see cref="Profile.SearchesOnTheWay"/>. In other
    /// profiles it does nothing, and reading the search fails with a message that names the notebook to run first.
    /// </summary>
    /// <param name="experiment">Whose search.</param>
    /// <param name="fold">0..4.</param>
    /// <param name="cancellation">Stops it after the current step and saves its state.</param>
    /// <exception cref="ExperimentException">There is no such dataset or fold.</exception>
    public static void EnsureSearch(this Experiment experiment, int fold, CancellationToken cancellation = default)
    {
        if (!experiment.Profile.SearchesOnTheWay || File.Exists(experiment.ArchitecturePath(fold)))
        {
            return; // reading its results compares the cases
        }

        using var store = experiment.EnsureStore(cancellation: cancellation);
        using var search = new SearchRun(
            experiment.SearchFolder(fold), store.Plan, experiment.Space, experiment.Cases(store, fold).Search, experiment.Profile.Search, experiment.Device);
        foreach (var epoch in search.RunWithProgress(experiment.RunName, cancellation))
        {
            // The progress bar is the only display.
        }
    }

    /// <summary>Runs or resumes a search or a training with a progress bar of iterations.</summary>
    /// <param name="run">The search or training.</param>
    /// <param name="title">The title of the bar; "Search" or "Training" when null.</param>
    /// <param name="cancellation">Stops it after the current step and saves its state.</param>
    /// <returns>The epochs, each when it is finished; earlier epochs are in <see cref="DurableRun{TNetwork, TState, TEpoch}.History"/>.</returns>
    public static IEnumerable<TEpoch> RunWithProgress<TNetwork, TState, TEpoch>(
        this DurableRun<TNetwork, TState, TEpoch> run, string? title = null, CancellationToken cancellation = default)
        where TNetwork : EncoderDecoder
        where TState : ILoopState
    {
        using var bar = new LiveProgress(title ?? (run is SearchRun ? "Search" : "Training"), run.Epochs * run.IterationsPerEpoch, Unit);
        bar.Report(run.History.Count * run.IterationsPerEpoch);
        foreach (var epoch in run.Run(bar.From<StepProgress>(step => (step.Epoch * run.IterationsPerEpoch) + step.Iteration), cancellation))
        {
            yield return epoch;
        }
    }

    /// <summary>Segments every scan of a folder with a progress bar of scans.</summary>
    /// <param name="segmenter">The segmenter.</param>
    /// <param name="input">The folder of the scans.</param>
    /// <param name="output">The folder of the segmentations.</param>
    /// <param name="title">The title of the bar.</param>
    /// <param name="cancellation">Stops before the next forward pass; the next call continues.</param>
    /// <returns>See <see cref="FolderSegmentation.SegmentFolder"/>.</returns>
    public static SegmentedFolder SegmentFolderWithProgress(
        this Segmenter segmenter, string input, string output, string title = "Segmenting", CancellationToken cancellation = default)
    {
        using var bar = new FolderBar(title);
        return segmenter.SegmentFolder(input, output, progress: bar, cancellation: cancellation);
    }

    /// <summary>Runs the remaining runs of a grid one after the other, with a progress bar of iterations.</summary>
    /// <param name="grid">The grid.</param>
    /// <param name="cancellation">Stops it after the current step and saves its state.</param>
    /// <returns>The results of all runs.</returns>
    /// <exception cref="AdwUNetException">A run failed; the message says why.</exception>
    public static GridResults RunWithProgress(this Grid grid, CancellationToken cancellation = default)
    {
        using var bar = new LiveProgress($"{grid.Name}, {Summaries.Count(grid.Runs.Count, "run")}", grid.Iterations, Unit);
        var done = new Dictionary<GridRun, int>();
        return grid.Run(
            bar.From<GridProgress>(progress =>
            {
                done[progress.Run] = progress.Done;
                return done.Values.Sum();
            }),
            cancellation);
    }

    // The number of scans is known once the first report arrives.
    private sealed class FolderBar(string title) : IProgress<FolderProgress>, IDisposable
    {
        private LiveProgress? _bar;

        public void Report(FolderProgress value) => (_bar ??= new LiveProgress(title, value.Total, "scans")).Report(value.Done);

        public void Dispose() => _bar?.Dispose();
    }
}

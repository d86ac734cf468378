using AdwUNet.Scheduling;

namespace AdwUNet.Experiments;

/// <summary>A run of a grid as a unit of work.</summary>
/// <param name="run">The run.</param>
internal sealed class GridWork(GridRun run) : IWork
{
    public string Name => run.Name;

    public string Folder => run.Folder;

    public bool IsFinished => run.IsFinished;

    public void Execute(IProgress<WorkProgress> progress, CancellationToken cancellation) => run.Execute(new Steps(progress), cancellation);

    private sealed class Steps(IProgress<WorkProgress> told) : IProgress<GridProgress>
    {
        public void Report(GridProgress value) => told.Report(new(value.Done, value.Total));
    }
}

using AdwUNet.Scheduling;

namespace AdwUNet.Experiments;

/// <summary>The Slurm job of a grid: a job array whose tasks are workers.</summary>
public sealed class SlurmJob
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private readonly Grid _grid;

    internal SlurmJob(Grid grid) => _grid = grid;

    /// <summary>The number of the grid's last job; empty if it has none.</summary>
    public string Id => SlurmQueue.Numbers(_grid.Folder) is [.., var last] ? last : "";

    /// <summary>The folder of the <c>sbatch</c> script and the logs of the tasks.</summary>
    public string Folder => SlurmQueue.FolderOf(_grid.Folder);

    /// <summary>The state of the grid's runs, with what Slurm says of the tasks.</summary>
    /// <exception cref="RunException">A record is damaged, or Slurm does not answer.</exception>
    public GridStatus Status() => _grid.Status();

    /// <summary>Ends all tasks of the grid's jobs. Their runs keep their last checkpoints.</summary>
    /// <exception cref="RunException">Slurm does not answer.</exception>
    public void Cancel() => SlurmQueue.Cancel(_grid.Folder);

    /// <summary>Waits until every run is finished or failed, or no task is left.</summary>
    /// <param name="progress">Reported every two seconds.</param>
    /// <param name="cancellation">Ends the waiting, not the job.</param>
    /// <returns>The results of the finished runs; <see cref="Status"/> names the failed ones.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="RunException">A record is damaged, or Slurm does not answer.</exception>
    public GridResults Collect(IProgress<GridStatus>? progress = null, CancellationToken cancellation = default)
    {
        while (true)
        {
            var status = Status();
            progress?.Report(status);
            if (status.IsDone || status.Jobs.Count == 0)
            {
                return _grid.Results();
            }

            cancellation.WaitHandle.WaitOne(Interval);
            cancellation.ThrowIfCancellationRequested();
        }
    }
}

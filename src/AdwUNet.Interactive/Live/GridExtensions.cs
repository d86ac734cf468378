using AdwUNet.Experiments;
using AdwUNet.Scheduling;

namespace AdwUNet.Interactive;

/// <summary>Grids with a live table of their runs below the cell.</summary>
public static class GridExtensions
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    /// <summary>Runs the remaining runs in several processes: <see cref="Grid.Run(int, int?, WorkerCommand?, IProgress{GridStatus}?, CancellationToken)"/>.</summary>
    /// <param name="grid">The grid.</param>
    /// <param name="workers">How many processes.</param>
    /// <param name="threads">The threads of each run.</param>
    /// <param name="command">Runs the notebook again; needed only in Jupyter.</param>
    /// <param name="cancellation">Stops the processes after their current steps, with checkpoints.</param>
    public static GridResults RunWithStatus(
        this Grid grid, int workers, int? threads = null, WorkerCommand? command = null, CancellationToken cancellation = default)
    {
        using var live = new LiveStatus();
        return grid.Run(workers, threads, command, live, cancellation);
    }

    /// <summary>Waits for a Slurm job: <see cref="SlurmJob.Collect"/>.</summary>
    /// <param name="job">The job.</param>
    /// <param name="cancellation">Ends the waiting, not the job.</param>
    public static GridResults CollectWithStatus(this SlurmJob job, CancellationToken cancellation = default)
    {
        using var live = new LiveStatus();
        return job.Collect(live, cancellation);
    }

    /// <summary>Shows the state of a grid on which other processes work, until none does or the cell is stopped.</summary>
    /// <param name="grid">The grid.</param>
    /// <param name="cancellation">Ends the display, not the runs.</param>
    /// <returns>The last state.</returns>
    public static GridStatus Watch(this Grid grid, CancellationToken cancellation = default)
    {
        using var live = new LiveStatus();
        while (true)
        {
            var status = grid.Status();
            live.Report(status);
            if (status is { Running: 0, Jobs.Count: 0 } || cancellation.WaitHandle.WaitOne(Interval)) return status;
        }
    }
}

namespace AdwUNet.Scheduling;

/// <summary>Takes one free run after the other, until all are finished, failed or taken by other processes. Any number of processes may do so at once.</summary>
/// <param name="works">All runs.</param>
/// <param name="threads">The threads of libtorch, for the record.</param>
/// <param name="mostDeaths">After so many dead processes a run has failed.</param>
internal sealed class Worker(IReadOnlyList<IWork> works, int? threads = null, int mostDeaths = Worker.MostDeaths)
{
    /// <summary>The limit of dead processes in one run.</summary>
    public const int MostDeaths = 5;

    /// <summary>Called with each run that was taken.</summary>
    public Action<IWork> OnTaken { get; init; } = _ => { };

    /// <summary>Works.</summary>
    /// <param name="cancellation">Ends the current run after its step with a checkpoint.</param>
    /// <exception cref="OperationCanceledException">It was cancelled, and not all runs are done.</exception>
    /// <exception cref="StorageException">A file cannot be written.</exception>
    public void Run(CancellationToken cancellation)
    {
        var open = works.ToList();
        var before = -1;
        while (open.Count != before)
        {
            before = open.Count;
            foreach (var work in open.ToArray())
            {
                if (IsDone(work, cancellation))
                {
                    open.Remove(work);
                }
            }
        }
    }

    /// <returns>Whether there is nothing more to do for this process in the run.</returns>
    private bool IsDone(IWork work, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (work.IsFinished)
        {
            return true;
        }

        using var claim = WorkClaim.TryTake(work, threads, mostDeaths);
        if (claim is null)
        {
            return false;
        }

        OnTaken(work);
        claim.Execute(cancellation);
        return true;
    }
}

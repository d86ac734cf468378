using System.Globalization;
using AdwUNet.Runs;

namespace AdwUNet.Scheduling;

/// <summary>A run that this process has taken: it holds the lock of the run's folder <c>worker</c>, and has recorded its attempt.</summary>
internal sealed class WorkClaim : IDisposable
{
    private readonly IWork _work;
    private readonly RunLock _hold;
    private readonly WorkRecord _before;
    private readonly WorkAttempt _attempt;

    private WorkClaim(IWork work, RunLock hold, WorkRecord before, WorkAttempt attempt) => (_work, _hold, _before, _attempt) = (work, hold, before, attempt);

    /// <summary>Takes a run if it is free.</summary>
    /// <param name="work">The run.</param>
    /// <param name="threads">The threads of libtorch, for the record.</param>
    /// <param name="mostDeaths">After so many dead processes the run has failed.</param>
    /// <returns>Null if another process has it, or if it is finished or failed.</returns>
    /// <exception cref="StorageException">The folder is not writable.</exception>
    /// <exception cref="RunException">The record is damaged.</exception>
    public static WorkClaim? TryTake(IWork work, int? threads, int mostDeaths)
    {
        var folder = WorkRecord.FolderOf(work);
        if (RunLock.IsTaken(folder, out _) || RunLock.IsTaken(work.Folder, out _))
        {
            return null;
        }

        FolderEntry.Create(folder);
        if (TryLock(folder) is not { } hold)
        {
            return null;
        }

        WorkClaim? claim = null;
        try
        {
            // Another process may have had the run between the question and the lock.
            var before = WorkRecord.Of(work);
            if (!work.IsFinished && before.Failure is null)
            {
                var attempt = new WorkAttempt(
                    Environment.MachineName, Environment.ProcessId, SlurmTask.Current, threads, DateTimeOffset.Now);
                var mine = new WorkClaim(work, hold, before, attempt);
                if (before.Deaths < mostDeaths)
                {
                    mine.Record(attempt);
                    claim = mine;
                }
                else
                {
                    mine.End(AttemptEnd.Failed, Death(before));
                }
            }
        }
        finally
        {
            if (claim is null)
            {
                hold.Dispose();
            }
        }

        return claim;
    }

    /// <summary>Executes the run, and records how that ended. An error of the run is only recorded.</summary>
    /// <param name="cancellation">Ends the run after the current step with a checkpoint.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="StorageException">A file cannot be written. This attempt counts as that of a dead process.</exception>
    public void Execute(CancellationToken cancellation)
    {
        try
        {
            _work.Execute(new ProgressFile(_work), cancellation);
            End(AttemptEnd.Finished);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            End(AttemptEnd.Stopped);
            throw;
        }
        catch (RunException error) when (error.IsInUse)
        {
            End(AttemptEnd.Stopped); // by a process that executes the run without being a worker, or that took it over
        }
        catch (StorageException)
        {
            throw; // no fault of the run: the next one would fail as well
        }
#pragma warning disable CA1031 // Whatever error ends a run is recorded, and the next run is taken.
        catch (Exception error)
#pragma warning restore CA1031
        {
            End(AttemptEnd.Failed, error is AdwUNetException ? error.Message : $"{error.GetType().Name}: {error.Message}");
        }
    }

    /// <summary>Releases the run.</summary>
    public void Dispose() => _hold.Dispose();

    private static RunLock? TryLock(string folder)
    {
        try
        {
            return RunLock.Take(folder);
        }
        catch (RunException error) when (error.IsInUse)
        {
            return null;
        }
    }

    private static string Death(WorkRecord record)
    {
        var last = record.Attempts[^1];
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{record.Deaths} processes died in this run without an error, the last one on {last.Host} "
                + $"(process {last.Process}, started {last.Started:yyyy-MM-dd HH:mm:ss}); was there too little memory?");
    }

    private void End(AttemptEnd end, string? error = null) => Record(_attempt with { Ended = DateTimeOffset.Now, End = end, Error = error });

    private void Record(WorkAttempt attempt)
    {
        try
        {
            _hold.RequireHeld();
        }
        catch (RunException lost) when (lost.IsInUse)
        {
            return; // the run is another process' now, and the record with it
        }

        new WorkRecord([.. _before.Attempts, attempt]).Save(_work);
    }
}

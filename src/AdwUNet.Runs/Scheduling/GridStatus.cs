using System.Globalization;
using System.Text;
using AdwUNet.Runs;

namespace AdwUNet.Scheduling;

/// <summary>The state of all runs of a grid, read from their folders.</summary>
/// <param name="Runs">The runs in the grid's order.</param>
/// <param name="Jobs">The tasks of the grid's Slurm jobs that Slurm knows; empty without Slurm.</param>
public sealed record GridStatus(IReadOnlyList<RunStatus> Runs, IReadOnlyList<SlurmTaskState> Jobs)
{
    /// <summary>The runs that have their result.</summary>
    public int Finished => Count(RunPhase.Finished);

    /// <summary>The runs that a process works on.</summary>
    public int Running => Count(RunPhase.Running);

    /// <summary>The runs that failed by their own fault.</summary>
    public int Failed => Count(RunPhase.Failed);

    /// <summary>The runs that wait for a worker.</summary>
    public int Waiting => Count(RunPhase.Waiting);

    /// <summary>Whether every run is finished or failed.</summary>
    public bool IsDone => Finished + Failed == Runs.Count;

    /// <summary>One sentence.</summary>
    public string Summary => string.Create(
        CultureInfo.InvariantCulture, $"{Finished} of {Runs.Count} runs finished, {Running} running, {Waiting} waiting, {Failed} failed{InQueue}");

    private string InQueue => Jobs.Count == 0 ? "" : "; Slurm: " + string.Join(", ", Jobs.GroupBy(job => job.State).Select(group => $"{group.Count()} {group.Key}"));

    /// <summary>The summary, and a line for each run that is running or failed.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(Summary);
        foreach (var run in Runs.Where(run => run.Phase is RunPhase.Running or RunPhase.Failed))
        {
            text.Append(CultureInfo.InvariantCulture, $"{Environment.NewLine}{run.Name}: {(run.Phase == RunPhase.Failed ? "failed" : $"running on {run.Where}")}");
            text.Append(run.Part is { } part ? string.Create(CultureInfo.InvariantCulture, $", {part:0 %}") : "");
            text.Append(run.Left is { } left ? string.Create(CultureInfo.InvariantCulture, $", {left:hh\\:mm\\:ss} left") : "");
            text.Append(run.Detail is { } detail ? $": {detail}" : "");
        }

        return text.ToString();
    }

    /// <summary>Reads the state.</summary>
    /// <exception cref="RunException">A record is damaged.</exception>
    internal static GridStatus Of(IReadOnlyList<IWork> works, IReadOnlyList<SlurmTaskState> jobs) => new([.. works.Select(work => StateOf(work, jobs))], jobs);

    private static RunStatus StateOf(IWork work, IReadOnlyList<SlurmTaskState> jobs)
    {
        if (work.IsFinished)
        {
            return new(work.Name, work.Folder, RunPhase.Finished);
        }

        var record = WorkRecord.Of(work);
        if (record.Failure is { } error)
        {
            return new(work.Name, work.Folder, RunPhase.Failed, Detail: error);
        }

        if (RunLock.IsTaken(WorkRecord.FolderOf(work), out var holder) || RunLock.IsTaken(work.Folder, out holder))
        {
            var attempt = record.Attempts.LastOrDefault(attempt => attempt.End is null && attempt.Process == holder?.Process);
            var progress = attempt is null ? null : ProgressFile.Read(work, attempt.Started);
            var task = attempt?.Task is { } name ? $", Slurm task {name}" : "";
            return new(
                work.Name, work.Folder, RunPhase.Running, holder is null ? "another process" : $"{holder.Host}, process {holder.Process}{task}",
                attempt?.Started ?? holder?.Since, progress?.Part(), progress?.Left());
        }

        return new(work.Name, work.Folder, RunPhase.Waiting, Detail: Waits(record, jobs));
    }

    private static string? Waits(WorkRecord record, IReadOnlyList<SlurmTaskState> jobs)
    {
        var queued = jobs.FirstOrDefault(job => job.State == "PENDING") is { } pending ? $"Slurm has not started {pending.Task} ({pending.Reason})" : null;
        return record.Attempts switch
        {
            [] => queued,
            [.., { End: AttemptEnd.Stopped } last] => $"was stopped on {last.Host}{(queued is null ? "" : $"; {queued}")}",
            [.., var last] => $"its process died on {last.Host}{(queued is null ? "" : $"; {queued}")}",
        };
    }

    private int Count(RunPhase phase) => Runs.Count(run => run.Phase == phase);
}

using System.Text.Json.Serialization;
using AdwUNet.Runs;

namespace AdwUNet.Scheduling;

/// <summary>How an attempt at a run ended.</summary>
internal enum AttemptEnd
{
    /// <summary>The run has its result.</summary>
    Finished,

    /// <summary>It was stopped after a step, with a checkpoint.</summary>
    Stopped,

    /// <summary>An error of the run itself ended it.</summary>
    Failed,
}

/// <summary>One process' attempt at a run.</summary>
/// <param name="Host">The machine's name.</param>
/// <param name="Process">The process id.</param>
/// <param name="Task">The Slurm task, such as <c>12_3</c>, if the process is one.</param>
/// <param name="Threads">The threads of libtorch.</param>
/// <param name="Started">When it started.</param>
/// <param name="Ended">When it ended; null while it runs, or if the process died.</param>
/// <param name="End">How it ended.</param>
/// <param name="Error">The error, if it failed.</param>
internal sealed record WorkAttempt(
    string Host, int Process, string? Task, int? Threads, DateTimeOffset Started, DateTimeOffset? Ended = null, AttemptEnd? End = null, string? Error = null);

/// <summary>The attempts at a run: the file <c>worker/attempts.json</c> in its folder. Only the process that holds the lock of <c>worker</c> writes it.</summary>
/// <param name="Attempts">All attempts, the first one first.</param>
internal sealed record WorkRecord(IReadOnlyList<WorkAttempt> Attempts)
{
    private const string FileName = "attempts.json";

    /// <summary>The attempts whose process died. One that runs counts, too.</summary>
    [JsonIgnore]
    public int Deaths => Attempts.Count(attempt => attempt.End is null);

    /// <summary>The error if the run failed by its own fault; then it is not tried again.</summary>
    [JsonIgnore]
    public string? Failure => Attempts is [.., { End: AttemptEnd.Failed } last] ? last.Error ?? "unknown" : null;

    /// <summary>The folder of lock, attempts and progress of a run's worker.</summary>
    public static string FolderOf(IWork work) => Path.Combine(work.Folder, "worker");

    /// <summary>Whether a worker has the run.</summary>
    public static bool IsTaken(IWork work) => RunLock.IsTaken(FolderOf(work), out _);

    /// <summary>Reads the record; it is empty if there is none.</summary>
    /// <exception cref="RunException">It is damaged.</exception>
    public static WorkRecord Of(IWork work)
    {
        var path = PathOf(work);
        return File.Exists(path)
            ? JsonFile.Load<WorkRecord>(path, (message, error) => new RunException($"{message} Delete it to try the run again.", error))
            : new([]);
    }

    /// <summary>Writes the record.</summary>
    /// <exception cref="StorageException">It cannot be written.</exception>
    public void Save(IWork work) => JsonFile.Save(PathOf(work), this);

    /// <summary>Removes the record, so that the run is tried again.</summary>
    public static void Forget(IWork work) => File.Delete(PathOf(work));

    private static string PathOf(IWork work) => Path.Combine(FolderOf(work), FileName);
}

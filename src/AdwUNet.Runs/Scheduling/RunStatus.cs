namespace AdwUNet.Scheduling;

/// <summary>What a run is doing.</summary>
public enum RunPhase
{
    /// <summary>No process works on it; the next free worker takes it.</summary>
    Waiting,

    /// <summary>A process works on it.</summary>
    Running,

    /// <summary>It has its result.</summary>
    Finished,

    /// <summary>An error of its own ended it. It is not tried again.</summary>
    Failed,
}

/// <summary>The state of one run.</summary>
/// <param name="Name">The run's name.</param>
/// <param name="Folder">Its folder.</param>
/// <param name="Phase">What it is doing.</param>
/// <param name="Where">The machine and process, or the Slurm task, that works on it; null if none does.</param>
/// <param name="Since">When that process took it.</param>
/// <param name="Part">The part that is done, 0 to 1; null if it is not known.</param>
/// <param name="Left">The time that remains; null if it is not known.</param>
/// <param name="Detail">Why it failed, or what it waits for.</param>
public sealed record RunStatus(
    string Name, string Folder, RunPhase Phase, string? Where = null, DateTimeOffset? Since = null, double? Part = null, TimeSpan? Left = null, string? Detail = null);

namespace AdwUNet.Scheduling;

/// <summary>What a Slurm job of a grid asks for. Each task of its array is a worker, which takes one free run after the other.</summary>
/// <example><code>var job = grid.Submit(new Slurm { Partition = "gpu", Time = TimeSpan.FromHours(8), Cpus = 4, Gpus = 1, Memory = "16G" });</code></example>
public sealed record Slurm
{
    /// <summary>The partition; the cluster's default when null.</summary>
    public string? Partition { get; init; }

    /// <summary>The time limit of a task, in whole minutes. A task that reaches it writes a checkpoint and is requeued; the partition's default when null.</summary>
    public TimeSpan? Time { get; init; }

    /// <summary>The processors of a task, and the threads of a run.</summary>
    public int Cpus { get; init; } = 1;

    /// <summary>The GPUs of a task; a run uses one.</summary>
    public int Gpus { get; init; }

    /// <summary>The memory of a task as Slurm writes it, such as <c>16G</c>; the partition's default when null.</summary>
    public string? Memory { get; init; }

    /// <summary>How many tasks the array has; one for each run that is not done when null.</summary>
    public int? Tasks { get; init; }

    /// <summary>How many tasks may run at the same time; no limit when null.</summary>
    public int? AtMost { get; init; }

    /// <summary>How long before the time limit a task is told to write its checkpoint; longer than a step takes.</summary>
    public TimeSpan Warning { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>How often a task may start again, after its time limit, preemption or the death of its process.</summary>
    public int Restarts { get; init; } = 20;

    /// <summary>Further lines for <c>#SBATCH</c>, such as <c>--account=lab</c>.</summary>
    public IReadOnlyList<string> Options { get; init; } = [];

    /// <summary>Lines of bash that run before a worker, such as <c>module load dotnet</c>.</summary>
    public string Setup { get; init; } = "";

    /// <summary>Checks the values.</summary>
    /// <exception cref="RunException">A value is out of range.</exception>
    internal void Validate()
    {
        RunException.RequireBetween("Slurm job", nameof(Cpus), Cpus, 1, int.MaxValue);
        RunException.RequireBetween("Slurm job", nameof(Gpus), Gpus, 0, int.MaxValue);
        RunException.RequireBetween("Slurm job", nameof(Tasks), Tasks ?? 1, 1, int.MaxValue);
        RunException.RequireBetween("Slurm job", nameof(AtMost), AtMost ?? 1, 1, int.MaxValue);
        RunException.RequireBetween("Slurm job", nameof(Restarts), Restarts, 0, int.MaxValue);
        RunException.RequireBetween("Slurm job", "Time in minutes", Time?.TotalMinutes ?? 1, 1, int.MaxValue);
    }
}

namespace AdwUNet.Scheduling;

/// <summary>This process as a task of a Slurm job.</summary>
internal static class SlurmTask
{
    /// <summary>Its name, such as <c>12_3</c>; null outside a job.</summary>
    public static string? Current { get; } = Variable("SLURM_ARRAY_JOB_ID") is { } array
        ? $"{array}_{Variable("SLURM_ARRAY_TASK_ID")}"
        : Variable("SLURM_JOB_ID");

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}

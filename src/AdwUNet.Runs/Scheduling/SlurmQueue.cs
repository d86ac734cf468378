namespace AdwUNet.Scheduling;

/// <summary>The Slurm jobs of a grid. Their script, their numbers and the logs of their tasks are in the grid's folder <c>slurm</c>.</summary>
internal static class SlurmQueue
{
    internal const string ScriptName = "job.sh";
    internal const string NumbersName = "jobs.txt";

    /// <summary>The folder of script, numbers and logs.</summary>
    public static string FolderOf(string grid) => Path.Combine(grid, "slurm");

    /// <summary>The numbers of the jobs, the first one first.</summary>
    public static IReadOnlyList<string> Numbers(string grid)
    {
        var path = Path.Combine(FolderOf(grid), NumbersName);
        return File.Exists(path) ? [.. File.ReadLines(path).Select(Number).Where(number => number.Length > 0)] : [];
    }

    /// <summary>Submits a job.</summary>
    /// <param name="name">The grid's name.</param>
    /// <param name="slurm">What it asks for.</param>
    /// <param name="command">Starts a worker.</param>
    /// <param name="grid">The grid's folder.</param>
    /// <param name="tasks">The tasks of the array.</param>
    /// <param name="threads">The threads of a run.</param>
    /// <returns>Its number.</returns>
    /// <exception cref="RunException">There is no <c>sbatch</c> on the path, or it refuses the job.</exception>
    public static string Submit(string name, Slurm slurm, WorkerCommand command, string grid, int tasks, int threads)
    {
        var folder = FolderOf(grid);
        FolderEntry.Create(folder);
        var script = Path.Combine(folder, ScriptName);
        AtomicFile.WriteText(script, SlurmScript.Text(name, slurm, command, grid, folder, tasks, threads));
        var number = Number(Programs.Run("sbatch", "--parsable", script));
        File.AppendAllText(Path.Combine(folder, NumbersName), number + "\n");
        return number;
    }

    /// <summary>Throws if this machine cannot submit jobs.</summary>
    /// <exception cref="RunException">There is no <c>sbatch</c> on the path.</exception>
    public static void Require()
    {
        if (Programs.Find("sbatch") is null)
        {
            throw new RunException("There is no 'sbatch' on the path of this machine; submit from a login node of a Slurm cluster, or use Run(workers: n) on this machine.");
        }
    }

    /// <summary>The tasks of the jobs that wait or run; none if the grid has no job or this machine no Slurm.</summary>
    /// <exception cref="RunException">Slurm does not answer.</exception>
    public static IReadOnlyList<SlurmTaskState> Tasks(string grid)
    {
        var ours = Numbers(grid).ToHashSet();
        if (ours.Count == 0 || Programs.Find("squeue") is null)
        {
            return [];
        }

        // All jobs of this user: squeue fails for the number of a job that it has forgotten.
        return
        [
            .. Programs.Run("squeue", "--noheader", "--me", "--format=%i|%T|%N|%r").Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => line.Split('|'))
                .Where(parts => parts.Length == 4 && ours.Contains(JobOf(parts[0])))
                .Select(parts => new SlurmTaskState(parts[0], parts[1], parts[2], parts[3])),
        ];
    }

    /// <summary>Ends all tasks of the jobs.</summary>
    /// <exception cref="RunException">Slurm does not answer.</exception>
    public static void Cancel(string grid)
    {
        if (Tasks(grid) is { Count: > 0 } tasks)
        {
            Programs.Run("scancel", tasks.Select(task => JobOf(task.Task)).Distinct());
        }
    }

    private static string JobOf(string task) => task.Split('_')[0];

    // "12", or "12;cluster"
    private static string Number(string line) => line.Split(';')[0].Trim();
}

using System.Diagnostics;
using System.Globalization;
using AdwUNet.Kernel.References;

namespace AdwUNet.Kernel.Tests.Running;

/// <summary>A grid that a cell runs in workers, each of which is the notebook again, on this machine and in Slurm.</summary>
public sealed class GridWorkersTests : IDisposable
{
    private const string SlowStep = "slow=150"; // milliseconds
    private const string SlowerStep = "slow=400"; // so slow that tasks of a minute reach their limit
    private const string StepBesidePreemption = "slow=300"; // Slurm looks every 30 s for tasks whose grace time is over; runs must be left then
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(9);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    [Promise("A grid that a cell runs in worker processes, some of which are killed, ends bit for bit as one that ran serially; a run that fails is named and blocks no other")]
    public void Workers_killed_in_the_middle_of_runs_end_as_a_serial_run()
    {
        var kills = int.Parse(Environment.GetEnvironmentVariable("ADWUNET_KILLS") ?? "8", CultureInfo.InvariantCulture);
        Interrupts.SkipWhereImpossible();
        GridNotebook.Write(_folder);
        Run("how=serial");
        using var notebook = Start("how=workers", kills > 8 ? SlowerStep : SlowStep);
        var killed = new HashSet<int>();
        While(notebook, () =>
        {
            // Not the fifth process of a run: a run in which five died has failed.
            if (killed.Count < kills && Busy("grid", attempts: 4) is { Length: > 1 } busy && killed.Add(busy[0]))
                TestCluster.Kill(busy[0]);
        });
        Assert.Equal(kills, killed.Count);
        GridNotebook.RequireSameAsSerial(_folder, "workers");
        PromiseTable.Kept($"{GridNotebook.Runs} runs, {kills} kills of the 4 workers, each of which was started again");
    }

    [Fact]
    [Promise("A grid submitted to Slurm from a cell survives a killed worker, preemption, the time limit and the death of a node's daemon, and ends bit for bit as a serial run")]
    public void A_grid_in_Slurm_survives_what_clusters_do()
    {
        Interrupts.SkipWhereImpossible();
        using var cluster = TestCluster.Start();
        GridNotebook.Write(_folder);
        Run("how=serial");
        using var notebook = Start("how=slurm", SlowerStep);
        var events = new Queue<(string Name, Func<bool> Happens)>(
        [
            ("killed", () => Busy("grid") is [var process, ..] && Act(() => TestCluster.Kill(process))),
            ("preempted", () => Busy("grid").Length == 2 && TestCluster.Running() is [.., var task] && Act(() => TestCluster.Preempt(task))),
            ("daemon", () => Busy("grid").Length == 2 && Act(() => cluster.KillNode("n2"))),
            ("daemon again", () => Act(() => cluster.StartNode("n2"))),
        ]);
        var last = Stopwatch.StartNew();
        While(notebook, () =>
        {
            if (events.Count > 0 && last.Elapsed > TimeSpan.FromSeconds(2) && events.Peek().Happens())
            {
                events.Dequeue();
                last.Restart();
            }
        });
        Assert.Empty(events);
        GridNotebook.RequireSameAsSerial(_folder, "slurm");
        var logs = string.Concat(Directory.GetFiles(Path.Combine(GridNotebook.FolderOf(_folder, "grid"), "slurm"), "*.log").Select(File.ReadAllText));
        foreach (var expected in new[] { "start 2", "stopping after the current step", "ended with 75", "ended with 137" })
            Assert.Contains(expected, logs, StringComparison.Ordinal);
        Assert.InRange(logs.Split("ended with 75").Length - 1, 2, int.MaxValue); // after preemption, and at the time limit
        PromiseTable.Kept($"{GridNotebook.Runs} runs on two nodes: one worker killed, one task preempted, tasks stopped at their limit, one slurmd killed and started again");
    }

    [Fact]
    [Promise("A cancelled Slurm job leaves no task, and its runs resume in the next job; where preemption cancels tasks, they are submitted again: the grid ends bit for bit as a serial run")]
    public void Cancelled_jobs_and_tasks_leave_runs_that_resume()
    {
        Interrupts.SkipWhereImpossible();
        using var cluster = TestCluster.Start();
        GridNotebook.Write(_folder);
        Run("how=serial");
        Run("how=cancel", SlowStep);
        Assert.Empty(TestCluster.Running());
        var cancelled = File.ReadAllLines(_folder.PathOf("cancel.txt"));
        Assert.InRange(cancelled.Count(line => line.StartsWith("Finished|", StringComparison.Ordinal)), 1, GridNotebook.Runs - 2);

        using var notebook = Start("how=slurm", StepBesidePreemption);
        var isPreempted = false;
        While(notebook, () => isPreempted = isPreempted || (Busy("grid").Length == 2 && Act(TestCluster.SubmitUrgent)));
        Assert.True(isPreempted);
        GridNotebook.RequireSameAsSerial(_folder, "slurm");
        var jobs = File.ReadAllLines(Path.Combine(GridNotebook.FolderOf(_folder, "grid"), "slurm", "jobs.txt"));
        // The cancelled one, the next one, and that of the preempted task; on a busy machine also one of a task at its limit that Slurm did not requeue at once.
        Assert.InRange(jobs.Length, 3, 5);
        PromiseTable.Kept($"{GridNotebook.Runs} runs: {cancelled.Count(line => line.StartsWith("Finished|", StringComparison.Ordinal))} finished before the cancellation; one task cancelled by a job of a partition with a higher priority");
    }

    [Fact]
    public async Task Without_Slurm_a_grid_cannot_be_submitted_and_says_so()
    {
        GridNotebook.Write(_folder);
        var run = await CommandRun.ShellAsync(_folder.Root, "PATH=/nowhere $ADW run grid.ipynb -p how=slurm");
        Assert.Equal(1, run.Code);
        Assert.Contains("There is no 'sbatch' on the path of this machine; submit from a login node", run.Output, StringComparison.Ordinal);
    }

    /// <summary>The workers that have written a checkpoint in their run, so that they are in the middle of it.</summary>
    private int[] Busy(string grid, int attempts = int.MaxValue) =>
        Directory.Exists(_folder.PathOf("runs")) && Directory.GetDirectories(_folder.PathOf("runs"), grid, SearchOption.AllDirectories) is [var folder]
            ? GridNotebook.Running(folder, attempts)
            : [];

    private static bool Act(Action action)
    {
        action();
        return true;
    }

    private void Run(params string[] parameters)
    {
        using var notebook = Start(parameters);
        While(notebook, () => { });
    }

    private Process Start(params string[] parameters)
    {
        string[] arguments = [typeof(NotebookException).Assembly.Location, "run", "grid.ipynb", .. parameters.SelectMany(parameter => new[] { "-p", parameter })];
        var start = new ProcessStartInfo(Framework.DotnetCommand, arguments) { WorkingDirectory = _folder.Root, RedirectStandardOutput = true };
        return Process.Start(start)!;
    }

    private static void While(Process notebook, Action act)
    {
        var output = notebook.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var clock = Stopwatch.StartNew();
        while (!notebook.WaitForExit(TimeSpan.FromMilliseconds(200)))
        {
            act();
            if (clock.Elapsed > Patience)
            {
                notebook.Kill(entireProcessTree: true);
                Assert.Fail("The notebook did not end.");
            }
        }

        Assert.True(notebook.ExitCode == 0, output.GetAwaiter().GetResult());
    }
}

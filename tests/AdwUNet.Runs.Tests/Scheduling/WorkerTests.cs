using System.Diagnostics;
using System.Globalization;
using AdwUNet.Runs.Tests.Durability;
using AdwUNet.Scheduling;

namespace AdwUNet.Runs.Tests.Scheduling;

/// <summary>Processes that share a folder of runs: each run is done once, whatever happens to the processes.</summary>
public sealed class WorkerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new(inMemory: true);

    public void Dispose() => _folder.Dispose();

    [Fact]
    [Promise("Four processes on one folder of runs, killed at random: every run is finished once, with the same result as in one process; the one that fails is named and blocks no other")]
    public void Processes_killed_at_random_finish_every_run_once()
    {
        const int kills = 30;
        const int count = 12;
        const int longest = 700; // milliseconds between two kills
        var expected = SimulatedWork.Many(_folder.PathOf("serial"), count, steps: 40, milliseconds: 0, oneFails: true);
        new Worker(expected).Run(TestContext.Current.CancellationToken);

        var works = SimulatedWork.Many(_folder.PathOf("killed"), count, steps: 40, milliseconds: 50, oneFails: true);
        var started = new List<int>();
        var pool = new WorkerPool(Command("killed", count, 40, 50), _folder.PathOf("killed"), works, workers: 4)
        {
            OnStarted = id => Keep(started, id),
            MostIdleDeaths = kills,
        };
        var random = new Random(5);
        var killed = 0;
        using var over = new ManualResetEvent(false);
        var killing = new Thread(() =>
        {
            while (killed < kills && !over.WaitOne(random.Next(longest)))
            {
                killed += KillOne(started, random) ? 1 : 0;
            }
        });
        killing.Start();
        try
        {
            pool.Run(null, TestContext.Current.CancellationToken);
        }
        finally
        {
            over.Set();
            killing.Join();
        }

        Assert.InRange(killed, kills / 2, kills);
        RequireSame(expected, works);
        var attempts = works.Sum(work => WorkRecord.Of(work).Attempts.Count);
        PromiseTable.Kept($"{count} simulated runs of 40 steps, {killed} kills, {attempts} attempts; no step done twice");
    }

    [Fact]
    [Promise("Many processes that start on one folder of runs take every run once, and each takes its first run within a minute")]
    public void Many_processes_take_every_run_once()
    {
        const int processes = 64;
        const int count = 2000;
        var works = SimulatedWork.Many(_folder.PathOf("many"), count, steps: 1, milliseconds: 300);
        var clock = Stopwatch.StartNew();
        var command = Command("many", count, 1, 300);
        var children = Enumerable.Range(0, processes).Select(_ => Process.Start(command.Start())!).ToArray();
        var waits = children.Select(child => child.StandardOutput.ReadToEnd()).Select(text => double.Parse(text, CultureInfo.InvariantCulture)).ToArray();
        foreach (var child in children)
        {
            child.WaitForExit();
            Assert.Equal(0, child.ExitCode);
            child.Dispose();
        }

        Assert.All(works, work => Assert.Single(work.Steps));
        Assert.All(works, work => Assert.Single(WorkRecord.Of(work).Attempts));
        Assert.All(waits, seconds => Assert.InRange(seconds, 0, 60));
        var asked = Stopwatch.StartNew();
        Assert.Equal(count, GridStatus.Of(works, []).Finished);
        Assert.InRange(asked.Elapsed.TotalSeconds, 0, 2);
        PromiseTable.Kept(string.Create(
            CultureInfo.InvariantCulture,
            $"{processes} processes, {count} runs in {clock.Elapsed.TotalSeconds:0} s; the first run after at most {waits.Max():0.0} s; the state of all read in {asked.Elapsed.TotalMilliseconds:0} ms"));
    }

    [Fact]
    public void A_stopped_worker_writes_a_checkpoint_and_another_resumes()
    {
        var works = SimulatedWork.Many(_folder.PathOf("stopped"), 1, steps: 50, milliseconds: 20);
        using var child = Process.Start(Command("stopped", 1, 50, 20).Start())!;
        WaitFor(() => works[0].Steps.Length > 3);
        var running = GridStatus.Of(works, []).Runs[0];
        Assert.Equal(RunPhase.Running, running.Phase);
        Assert.Contains($"process {child.Id}", running.Where, StringComparison.Ordinal);
        Programs.Run("/bin/sh", "-c", $"kill -TERM {child.Id}");
        child.WaitForExit();
        Assert.Equal(WorkerMode.Stopped, child.ExitCode);
        var status = GridStatus.Of(works, []);
        Assert.Equal((RunPhase.Waiting, $"was stopped on {Environment.MachineName}"), (status.Runs[0].Phase, status.Runs[0].Detail));

        new Worker(works).Run(TestContext.Current.CancellationToken);
        Assert.Equal(Enumerable.Range(1, 50), works[0].Steps);
        Assert.Equal([AttemptEnd.Stopped, AttemptEnd.Finished], WorkRecord.Of(works[0]).Attempts.Select(attempt => attempt.End!.Value));
    }

    [Fact]
    public void A_run_in_which_processes_die_again_and_again_has_failed()
    {
        var works = SimulatedWork.Many(_folder.PathOf("deaths"), 2, steps: 1, milliseconds: 0);
        var dead = new WorkAttempt("node1", 17, null, 1, DateTimeOffset.Now);
        new WorkRecord([dead, dead]).Save(works[0]);
        new Worker(works, mostDeaths: 2).Run(TestContext.Current.CancellationToken);
        var status = GridStatus.Of(works, []);
        Assert.Equal([RunPhase.Failed, RunPhase.Finished], status.Runs.Select(run => run.Phase));
        Assert.Contains("2 processes died", status.Runs[0].Detail, StringComparison.Ordinal);

        WorkRecord.Forget(works[0]);
        new Worker(works, mostDeaths: 2).Run(TestContext.Current.CancellationToken);
        Assert.True(works[0].IsFinished);
    }

    [Fact]
    public void Workers_whose_program_fails_are_not_started_again_and_again()
    {
        var works = SimulatedWork.Many(_folder.PathOf("broken"), 2, steps: 1, milliseconds: 0);
        var broken = new WorkerCommand(["/bin/sh", "-c", "echo 'cell 3 failed' >&2; exit 1"], _folder.PathOf("."));
        var error = Assert.Throws<RunException>(() => new WorkerPool(broken, _folder.PathOf("broken"), works, 2).Run(null, TestContext.Current.CancellationToken));
        Assert.Contains("2 runs to do", error.Message, StringComparison.Ordinal);
        Assert.Contains("cell 3 failed", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Workers_end_when_the_cell_is_stopped()
    {
        var works = SimulatedWork.Many(_folder.PathOf("cell"), 3, steps: 1000, milliseconds: 20);
        using var stop = new CancellationTokenSource();
        var started = new List<int>();
        var pool = new WorkerPool(Command("cell", 3, 1000, 20), _folder.PathOf("cell"), works, 2) { OnStarted = id => Keep(started, id) };
        var progress = new Reports(() =>
        {
            if (works.Count(work => work.Steps.Length > 0) == 2)
            {
                stop.Cancel();
            }
        });
        Assert.Throws<OperationCanceledException>(() => pool.Run(progress, stop.Token));
        Assert.All(started, id => Assert.Null(ProcessIdentity.StartOf(id)));
        Assert.Equal(2, works.Count(work => WorkRecord.Of(work).Attempts is [{ End: AttemptEnd.Stopped }]));
    }

    private WorkerCommand Command(string folder, int count, int steps, int milliseconds) =>
        new(Child.Line(Child.Simulate, _folder.PathOf(folder), $"{count}", $"{steps}", $"{milliseconds}"), _folder.PathOf("."));

    private static void RequireSame(SimulatedWork[] expected, SimulatedWork[] works)
    {
        var failed = GridStatus.Of(works, []).Runs.Where(run => run.Phase == RunPhase.Failed).ToArray();
        Assert.Equal([(works[SimulatedWork.Failing].Name, SimulatedWork.Error)], failed.Select(run => (run.Name, run.Detail!)));
        foreach (var (one, other) in expected.Zip(works).Where(pair => !pair.First.Fails))
        {
            Assert.Equal(one.Result, other.Result);

            // A process killed between checkpoint and count leaves a step uncounted, but none is done twice.
            Assert.Equal(other.Steps.Distinct(), other.Steps);
            // Nor does one killed between result and record leave an end.
            Assert.InRange(WorkRecord.Of(other).Attempts.Count(attempt => attempt.End == AttemptEnd.Finished), 0, 1);
        }
    }

    private static void Keep(List<int> ids, int id)
    {
        lock (ids)
        {
            ids.Add(id);
        }
    }

    private static bool KillOne(List<int> ids, Random random)
    {
        int[] living;
        lock (ids)
        {
            living = [.. ids.Where(id => ProcessIdentity.StartOf(id) is not null)];
        }

        if (living.Length == 0)
        {
            return false;
        }

        using var process = Process.GetProcessById(living[random.Next(living.Length)]);
        process.Kill();
        return true;
    }

    private static void WaitFor(Func<bool> condition)
    {
        var clock = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.InRange(clock.Elapsed.TotalSeconds, 0, 60);
            Thread.Sleep(10);
        }
    }

    private sealed class Reports(Action act) : IProgress<GridStatus>
    {
        public void Report(GridStatus value) => act();
    }
}

using System.Diagnostics;
using AdwUNet.Runs;
using AdwUNet.Training;

namespace AdwUNet.Runs.Tests.Durability;

/// <summary>Two processes on one run's folder.</summary>
public sealed class RunLockTests : IDisposable
{
    private readonly TemporaryFolder _folder = new(inMemory: true);

    private string LockPath => _folder.PathOf("run.lock");

    public void Dispose() => _folder.Dispose();

    [Fact]
    [Promise("A second process on a run's folder gets an error with the process, user and host that hold the lock, and since when; the files are unchanged")]
    public void Second_process_is_told_who_holds_the_folder_and_since_when()
    {
        using var holder = Held();
        var since = LockHolder.Read(LockPath)!.Since;
        var expected = $"{_folder.Root} is in use by process {holder.Id} of {Environment.UserName} on {Environment.MachineName} since {since:yyyy-MM-dd HH:mm}";
        foreach (var open in new Action[] { () => TinyRuns.Search(_folder.Root), () => TinyRuns.TrainingRun(_folder.Root) })
        {
            var error = Assert.Throws<RunException>(open);
            Assert.StartsWith(expected, error.Message, StringComparison.Ordinal);
            Assert.EndsWith("; wait for its end or stop it.", error.Message, StringComparison.Ordinal);
        }

        using var second = Child.Start(Child.Hold, _folder.Root);
        var said = second.StandardOutput.ReadToEnd();
        second.WaitForExit();
        Assert.Equal(Child.Refused, second.ExitCode);
        Assert.StartsWith(expected, said, StringComparison.Ordinal);
        Assert.Equal([LockPath], Directory.GetFileSystemEntries(_folder.Root));
        Kill(holder);
        PromiseTable.Kept("a search, a training and another process refused");
    }

    [Fact]
    [Promise("The lock of a dead process is taken over, even if another process has its process id now")]
    public void A_lock_of_a_dead_process_is_taken_over()
    {
        Kill(Held());
        Assert.True(File.Exists(LockPath));
        TakenOver();

        // The first process lives, but began at another time; this one is not the one that bears its number there.
        const int first = 1;
        foreach (var process in new[] { OperatingSystem.IsLinux() ? first : Environment.ProcessId, Environment.ProcessId })
        {
            Write(LockHolder.New() with { Process = process, Started = "1" });
            TakenOver();
        }

        PromiseTable.Kept("3 locks taken over: of a killed process, of two living numbers; and one at each start after a kill");
    }

    [Fact]
    [Promise("A lock of another machine is valid while its heartbeat continues, and is taken over after a heartbeat timeout of three minutes")]
    public void A_lock_of_another_machine_holds_while_it_shows_signs_of_life()
    {
        var elsewhere = LockHolder.New() with { Machine = "elsewhere", Host = "node7", Process = 1 };
        Write(elsewhere);
        File.SetLastWriteTimeUtc(LockPath, DateTime.UtcNow.AddSeconds(-150));
        var error = Assert.Throws<RunException>(() => RunLock.Take(_folder.Root));
        Assert.Contains($"is in use by process 1 of {Environment.UserName} on node7 since ", error.Message, StringComparison.Ordinal);
        Assert.Contains("has been silent for 3 minutes (150 s now)", error.Message, StringComparison.Ordinal);

        File.SetLastWriteTimeUtc(LockPath, DateTime.UtcNow.AddSeconds(-181));
        TakenOver();

        File.WriteAllText(LockPath, "");
        Assert.Contains("has not said which", Assert.Throws<RunException>(() => RunLock.Take(_folder.Root)).Message, StringComparison.Ordinal);

        File.Delete(LockPath);
        using var held = RunLock.Take(_folder.Root);
        File.SetLastWriteTimeUtc(LockPath, DateTime.UtcNow.AddHours(-1));
        held.SetTime();
        Assert.InRange(DateTime.UtcNow - File.GetLastWriteTimeUtc(LockPath), TimeSpan.FromSeconds(-1), TimeSpan.FromSeconds(5));
        PromiseTable.Kept("refused after 150 s of silence, taken over after 181 s");
    }

    [Fact]
    [Promise("Of many that take and release a lock at once, one has it")]
    public void Of_many_that_take_and_release_a_lock_at_once_one_has_it()
    {
        const int threads = 8;
        const int rounds = 200;
        var (inside, most, taken) = (0, 0, 0);
        Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, _ =>
        {
            for (var round = 0; round < rounds; round++)
            {
                try
                {
                    using var held = RunLock.Take(_folder.Root);
                    most = Math.Max(most, Interlocked.Increment(ref inside));
                    held.RequireHeld();
                    Interlocked.Increment(ref taken);
                    Interlocked.Decrement(ref inside);
                }
                catch (AdwUNetException error) when (error is StorageException or RunException { IsInUse: true })
                {
                    // Another thread has it, or was faster twenty times.
                }
            }
        });
        Assert.Equal(1, most);
        Assert.InRange(taken, rounds, threads * rounds);
        PromiseTable.Kept($"{threads} threads, {threads * rounds:N0} attempts, {taken:N0} of them successful");
    }

    [Fact]
    [Promise("If many processes try to take over a dead lock at once, exactly one succeeds")]
    public void Only_one_of_many_processes_takes_over_a_dead_lock()
    {
        const int rounds = 200;
        const int contenders = 4;
        for (var round = 0; round < rounds; round++)
        {
            Write(LockHolder.New() with { Started = "1" });
            using var start = new Barrier(contenders);
            var results = new object?[contenders];
            var threads = Enumerable.Range(0, contenders).Select(i => new Thread(() =>
            {
                start.SignalAndWait();
                try
                {
                    results[i] = RunLock.Take(_folder.Root);
                }
                catch (Exception error)
                {
                    results[i] = error;
                }
            })).ToList();
            threads.ForEach(thread => thread.Start());
            threads.ForEach(thread => thread.Join());
            Assert.Equal(contenders - 1, results.OfType<RunException>().Count());
            var held = Assert.Single(results.OfType<RunLock>());
            Assert.Equal([LockPath], Directory.GetFileSystemEntries(_folder.Root));
            held.Dispose();
            Assert.Empty(Directory.GetFileSystemEntries(_folder.Root));
        }

        PromiseTable.Kept($"{rounds} dead locks, {contenders} contenders each");
    }

    [Fact]
    public void A_run_whose_lock_was_taken_over_writes_no_more_and_one_whose_lock_was_removed_does()
    {
        var folder = new RunFolder(_folder.Root);
        File.WriteAllText(folder.ConfigPath, "{}");
        using (folder.Lock())
        {
            File.Delete(LockPath);
            folder.WriteHistory([new Line(0, 1)]);
            Assert.True(File.Exists(LockPath));

            Write(LockHolder.New() with { Host = "node7" });
            var error = Assert.Throws<RunException>(() => folder.WriteHistory([new Line(0, 1), new Line(1, 1)]));
            Assert.StartsWith($"{_folder.Root} was taken over by process ", error.Message, StringComparison.Ordinal);
            Assert.Contains(" on node7 since ", error.Message, StringComparison.Ordinal);
            Assert.Single(folder.ReadHistory<Line>());
        }

        Assert.True(File.Exists(LockPath), "the lock of the new holder is gone");
    }

    [Fact]
    public void Run_opened_before_another_process_continued_it_resumes_from_the_new_checkpoint()
    {
        using var early = TinyRuns.Search(_folder.Root);
        using var source = new CancellationTokenSource();
        var steps = 0;
        using (var other = TinyRuns.Search(_folder.Root))
        {
            var progress = new Immediate<StepProgress>(p =>
            {
                if (p is { Epoch: 1, Iteration: 2 })
                {
                    source.Cancel();
                }
            });
            Assert.Throws<OperationCanceledException>(() => other.Run(progress, source.Token).ToList());
        }

        _ = early.Run(new Immediate<StepProgress>(_ => steps++), TestContext.Current.CancellationToken).ToList();
        Assert.Equal((2 * TinyRuns.Iterations) - 2, steps);
        Assert.Equal(TinyRuns.Epochs, early.History.Count);
    }

    private static void Kill(Process child)
    {
        child.Kill();
        child.WaitForExit();
    }

    private Process Held()
    {
        var child = Child.Start(Child.Hold, _folder.Root);
        Assert.Equal(Child.Ready, child.StandardOutput.ReadLine());
        return child;
    }

    private void TakenOver()
    {
        using (RunLock.Take(_folder.Root))
        {
            Assert.Equal(Environment.ProcessId, LockHolder.Read(LockPath)!.Process);
        }

        Assert.Empty(Directory.GetFileSystemEntries(_folder.Root));
    }

    private void Write(LockHolder holder) => File.WriteAllBytes(LockPath, holder.ToBytes());

    private sealed record Line(int Epoch, double Seconds);
}

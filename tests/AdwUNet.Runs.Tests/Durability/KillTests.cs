using System.Diagnostics;
using AdwUNet.Runs;
using AdwUNet.Training;

namespace AdwUNet.Runs.Tests.Durability;

/// <summary>Processes killed (SIGKILL) at random moments: what they leave is whole, and the next one goes on from it.</summary>
public sealed class KillTests : IDisposable
{
    private const int Killed = 137;
    private const int KillsOfWriters = 160;
    private const int KillsOfRuns = 20;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    [Promise("A process that is killed at any moment leaves the complete last or new checkpoint, and the next start removes temporary files")]
    public async Task A_writer_killed_at_any_moment_leaves_whole_files()
    {
        var chains = await Task.WhenAll(Enumerable.Range(0, 2).Select(chain => Task.Run(() => KillWriters(_folder.PathOf($"{chain}"), chain))));
        var (halves, starts, checkpoints) = chains.Aggregate((a, b) => (a.Halves + b.Halves, a.Starts + b.Starts, a.Checkpoints + b.Checkpoints));

        // Else the kills would not have been where they hurt.
        Assert.InRange(halves, KillsOfWriters / 10, KillsOfWriters);
        PromiseTable.Kept(
            $"{KillsOfWriters} kills survived of a process that does nothing but write checkpoints by the runs' own writer ({halves} in the middle of a file, "
            + $"{starts} while it started or made its first); {checkpoints} checkpoints written");
    }

    [Fact]
    [Promise("A search that is killed at any moment and started again resumes bit for bit")]
    public Task A_search_killed_at_any_moment_resumes_bit_for_bit()
    {
        using (var whole = TinyRuns.Search(_folder.PathOf("whole"), Child.SearchOptions))
        {
            _ = whole.Run(cancellation: TestContext.Current.CancellationToken).ToList();
        }

        return KillRuns(Child.Search);
    }

    [Fact]
    [Promise("A training that is killed at any moment and started again resumes bit for bit")]
    public Task A_training_killed_at_any_moment_resumes_bit_for_bit()
    {
        using (var whole = TinyRuns.TrainingRun(_folder.PathOf("whole"), Child.TrainingOptions))
        {
            _ = whole.Run(cancellation: TestContext.Current.CancellationToken).ToList();
        }

        return KillRuns(Child.Train);
    }

    private static (int Halves, int Starts, int Checkpoints) KillWriters(string folder, int seed)
    {
        const int longestStart = 300; // milliseconds
        const int longestWrite = 40; // a few checkpoints
        const int startEvery = 8;
        var random = new Random(seed);
        var (count, halves, starts) = (0, 0, 0);
        for (var kill = 0; kill < KillsOfWriters / 2; kill++)
        {
            using var child = Child.Start(Child.Write, folder);
            if (kill % startEvery == 0)
            {
                Thread.Sleep(random.Next(longestStart));
                starts++;
            }
            else
            {
                Assert.Equal(Child.Ready, child.StandardOutput.ReadLine());
                Thread.Sleep(random.Next(longestWrite));
            }

            Kill(child);
            halves += Directory.Exists(folder) && Directory.EnumerateFiles(folder, ".*.tmp").Any() ? 1 : 0;
            var before = count;
            count = File.Exists(Path.Combine(folder, "checkpoint.safetensors")) ? CheckpointLoop.Verify(folder) : 0;
            Assert.InRange(count, before, int.MaxValue);
        }

        using (new RunFolder(folder).Lock())
        {
            Assert.Equal(
                ["checkpoint.safetensors", "config.json", "history.jsonl", "run.lock", "timing.jsonl"],
                Directory.GetFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        }

        Assert.False(File.Exists(Path.Combine(folder, "run.lock")));
        return (halves, starts, count);
    }

    private async Task KillRuns(string kind)
    {
        var expected = TinyRuns.Files(_folder.PathOf("whole"));
        var chains = await Task.WhenAll(Enumerable.Range(0, 2).Select(chain => Task.Run(() => KillRun(kind, _folder.PathOf($"{chain}"), chain, expected))));
        PromiseTable.Kept(
            $"{KillsOfRuns} kills survived of a miniature run that writes a checkpoint after every step; {chains.Sum()} runs ended, all alike to the last byte");
    }

    /// <summary>Kills one run after the other.</summary>
    /// <returns>How many ended.</returns>
    private static int KillRun(string kind, string folder, int seed, SortedDictionary<string, string> expected)
    {
        const int longest = 300; // milliseconds; a whole run takes about twice as long
        var random = new Random(seed);
        var (ended, kills, state) = (0, 0, "");
        while (true)
        {
            var run = $"{folder} {ended}";
            using var child = Child.Start(kind, run);
            Assert.Equal(Child.Ready, child.StandardOutput.ReadLine());
            if (kills < KillsOfRuns / 2 && !child.WaitForExit(random.Next(longest)))
            {
                Kill(child);
                kills++;
                var checkpoint = new RunFolder(run).CheckpointPath;
                var before = state;
                state = File.Exists(checkpoint) ? Checkpoint.LoadStateText(checkpoint) : "";
                Assert.True(state.Length > 0 || before.Length == 0, "a checkpoint is gone");
                continue;
            }

            Assert.Equal("", child.StandardOutput.ReadToEnd());
            child.WaitForExit();
            Assert.Equal(0, child.ExitCode);
            Assert.Equal(expected, TinyRuns.Files(run));
            (ended, state) = (ended + 1, "");
            if (kills == KillsOfRuns / 2)
            {
                return ended;
            }
        }
    }

    private static void Kill(Process child)
    {
        child.Kill();
        child.WaitForExit();
        Assert.True(OperatingSystem.IsWindows() || child.ExitCode == Killed, $"The child ended by itself with {child.ExitCode}.");
    }
}

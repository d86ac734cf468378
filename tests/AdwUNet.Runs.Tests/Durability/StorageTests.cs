using System.Globalization;
using System.Text.RegularExpressions;
using AdwUNet.Datasets;
using AdwUNet.Runs;
using AdwUNet.Search;
using AdwUNet.Training;

namespace AdwUNet.Runs.Tests.Durability;

/// <summary>Runs whose folder cannot be written: what they say, what they leave, and that they go on afterwards.</summary>
public sealed partial class StorageTests : IDisposable
{
    private const int Page = 4096;

    private readonly TemporaryFolder _folder = new(inMemory: true);

    public void Dispose() => _folder.Dispose();

    [Fact]
    [Promise("On a full disk a run ends with an error that names the path, the bytes needed and the bytes free; the last checkpoint is complete, and the run resumes when space is free")]
    public void Full_disk_ends_a_run_which_resumes_when_space_is_free()
    {
        using var disk = new SmallDisk(kilobytes: 480);
        var whole = Whole();
        long[] rooms = [0, Page, 10 * Page, 30 * Page];
        foreach (var free in rooms)
        {
            foreach (var openAgain in new[] { false, true })
            {
                var run = Path.Combine(disk.Root, "run");
                using var search = TinyRuns.Search(run, everyStep: true);
                byte[] checkpoint = [];
                var error = Assert.Throws<StorageException>(() => RunAndBreak(search, () =>
                {
                    checkpoint = File.ReadAllBytes(Path.Combine(run, "checkpoint.safetensors"));
                    disk.Fill(free);
                }));
                var match = FullDisk().Match(error.Message);
                Assert.True(match.Success, error.Message);
                Assert.Equal(Path.Combine(run, match.Groups["file"].Value), match.Groups["path"].Value);
                Assert.InRange(Bytes(match.Groups["free"]), 0, free);
                Assert.InRange(Bytes(match.Groups["need"]), Bytes(match.Groups["free"]) + 1, long.MaxValue);
                Assert.Equal(checkpoint, File.ReadAllBytes(Path.Combine(run, "checkpoint.safetensors")));
                Assert.Empty(Directory.GetFiles(run, ".*"));

                disk.Clear();
                using var again = openAgain ? TinyRuns.Search(run) : null;
                Finish(again ?? search);
                Assert.Equal(whole, TinyRuns.Files(run));
                Directory.Delete(run, recursive: true);
            }
        }

        PromiseTable.Kept(
            $"{2 * rooms.Length} searches on a disk of 480 kB with {string.Join(", ", rooms)} bytes free, gone on in the same object and in a new one");
    }

    [Fact]
    [Promise("In a read-only folder a run ends with an error that names the path; the last checkpoint is complete, a finished run can be opened, and an unfinished one resumes when the folder is writable")]
    public void Read_only_folder_ends_a_run_which_resumes_when_it_is_writable()
    {
        using var disk = new SmallDisk(kilobytes: 960);
        var run = Path.Combine(disk.Root, "run");
        using (var search = TinyRuns.Search(run, everyStep: true))
        {
            // Nothing can be made read-only while a file is being written, so that this happens between two epochs.
            var epochs = search.Run(cancellation: TestContext.Current.CancellationToken).GetEnumerator();
            Assert.True(epochs.MoveNext());
            disk.MakeReadOnly(true);
            var error = Assert.Throws<StorageException>(() => epochs.MoveNext());
            Assert.Equal(
                $"{Path.Combine(run, "checkpoint.safetensors")} cannot be written: {run} is read-only; make it writable, or choose another folder, and run again.",
                error.Message);
        }

        disk.MakeReadOnly(false);
        using (var search = TinyRuns.Search(run))
        {
            Assert.Single(search.History);
            Finish(search);
        }

        Assert.Equal(Whole(), TinyRuns.Files(run));
        disk.MakeReadOnly(true);
        using (var finished = TinyRuns.Search(run))
        {
            Assert.True(finished.IsFinished);
            Assert.Empty(finished.Run(cancellation: TestContext.Current.CancellationToken));
        }

        disk.MakeReadOnly(false);
        PromiseTable.Kept("a search on a file system made read-only after its first epoch");
    }

    [Fact]
    [Promise("A run whose folder is removed, or replaced by an empty one, ends with an error that names the path, and resumes when the folder is restored")]
    public void Missing_folder_ends_a_run_which_resumes_when_it_is_restored()
    {
        var (run, away) = (_folder.PathOf("run"), _folder.PathOf("away"));
        var whole = Whole();
        foreach (var isReplaced in new[] { false, true })
        {
            using var search = TinyRuns.Search(run, everyStep: true);
            var error = Assert.ThrowsAny<AdwUNetException>(() => RunAndBreak(search, () =>
            {
                Directory.Move(run, away);
                if (isReplaced)
                {
                    Directory.CreateDirectory(run);
                }
            }));
            Assert.Equal(
                isReplaced
                    ? $"{run} no longer holds the run: its config.json is gone; restore the folder and run again."
                    : $"{Path.Combine(run, "checkpoint.safetensors")} cannot be written: there is no folder {run}; restore it, or choose another folder, and run again.",
                error.Message);
            if (isReplaced)
            {
                Assert.Empty(Directory.GetFileSystemEntries(run));
                Directory.Delete(run);
            }

            Directory.Move(away, run);
            Finish(search);
            Assert.Equal(whole, TinyRuns.Files(run));
            Directory.Delete(run, recursive: true);
        }

        PromiseTable.Kept("2 searches whose folder was moved away, once with an empty one in its place");
    }

    [Fact]
    [Promise("Without write permission a run ends with an error that names the path and the user; the files are unchanged, and the run resumes when permission is granted")]
    public void Missing_permission_ends_a_run_which_resumes_when_it_is_granted()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Permissions are set by Unix' means here.");
            return;
        }

        using var folder = new TemporaryFolder();
        File.SetUnixFileMode(folder.Root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        var run = folder.PathOf("run");
        using (var search = TinyRuns.Search(run, Child.SearchOptions, everyStep: true))
        {
            Assert.NotNull(search.Run(cancellation: TestContext.Current.CancellationToken).First());
        }

        var before = TinyRuns.Files(run);

        // Root may write everywhere: another user is asked then.
        File.SetUnixFileMode(run, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        using var child = Child.Start(
            Environment.IsPrivilegedProcess ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : [], Child.Search, run);
        var said = child.StandardOutput.ReadToEnd().Trim().Split('\n');
        child.WaitForExit();
        Assert.SkipWhen(said is [""], "Another user cannot run this program here.");
        Assert.Equal(Child.Refused, child.ExitCode);
        Assert.Matches($"^{Regex.Escape(Path.Combine(run, RunLock.FileName))} cannot be written: the user .+ has no permission to write in {Regex.Escape(run)}; grant it, ", said[^1]);
        Assert.Equal(before, TinyRuns.Files(run));

        File.SetUnixFileMode(run, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        using (var search = TinyRuns.Search(run, Child.SearchOptions))
        {
            Assert.Single(search.History);
            Finish(search);
        }

        PromiseTable.Kept(Environment.IsPrivilegedProcess ? "a search as another user in a folder of root's" : "a search in a folder without write permission");
    }

    [Fact]
    public void A_history_that_could_not_be_written_is_completed_before_the_next_checkpoint()
    {
        var run = _folder.PathOf("run");
        var history = Path.Combine(run, "history.jsonl");
        using (var search = TinyRuns.Search(run))
        {
            Assert.Throws<StorageException>(() => RunAndBreak(search, () =>
            {
                File.Delete(history);
                Directory.CreateDirectory(Path.Combine(history, "in the way"));
            }));
            Directory.Delete(history, recursive: true);
            using var stop = new CancellationTokenSource();
            Assert.ThrowsAny<OperationCanceledException>(() => search.Run(new Immediate<StepProgress>(_ => stop.Cancel()), stop.Token).ToList());
        }

        using (var search = TinyRuns.Search(run))
        {
            Assert.Equal(2, search.History.Count);
            Finish(search);
        }

        Assert.Equal(Whole(), TinyRuns.Files(run));
    }

    private static void Finish(SearchRun search) => _ = search.Run(cancellation: TestContext.Current.CancellationToken).ToList();

    /// <summary>Runs, and lets something happen in the middle of the second epoch.</summary>
    private static void RunAndBreak(SearchRun search, Action happen) => _ = search.Run(
        new Immediate<StepProgress>(step =>
        {
            if (step is { Epoch: 1, Iteration: 2 })
            {
                happen();
            }
        }),
        TestContext.Current.CancellationToken).ToList();

    private static long Bytes(Group number) => long.Parse(number.Value, NumberStyles.AllowThousands, CultureInfo.InvariantCulture);

    private SortedDictionary<string, string> Whole()
    {
        using var search = TinyRuns.Search(_folder.PathOf("whole"));
        Finish(search);
        return TinyRuns.Files(_folder.PathOf("whole"));
    }

    [GeneratedRegex(@"^There is no room for (?<path>/.*/(?<file>[a-z.]+)): it needs (?<need>[\d,]+) bytes and (?<free>[\d,]+) bytes are free; free disk space and run again to resume\.$")]
    private static partial Regex FullDisk();
}

namespace AdwUNet.Training;

/// <summary>
/// The right to write in a run's folder: the file <c>run.lock</c>, which says whose it is. It holds as long as that process lives; on another
/// machine, where this cannot be seen, as long as the file's time is set anew. A lock that no longer holds is taken over.
/// </summary>
internal sealed class RunLock : IDisposable
{
    /// <summary>The file's name.</summary>
    public const string FileName = "run.lock";

    private const int MostAttempts = 20;

    /// <summary>How often a holder sets the file's time.</summary>
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(20);

    /// <summary>How long a holder on another machine may be silent: long enough for a machine that is short of breath.</summary>
    private static readonly TimeSpan LongestSilence = TimeSpan.FromMinutes(3);

    private static readonly HashSet<string> HeldHere = [];

    private readonly string _folder;
    private readonly string _path;
    private readonly LockHolder _holder;
    private readonly TimeSpan _fileClock;
    private readonly Timer _beating;

    private RunLock(string folder, string path, LockHolder holder, TimeSpan fileClock)
    {
        (_folder, _path, _holder, _fileClock) = (folder, path, holder, fileClock);
        _beating = new Timer(_ => SetTime(), null, Beat, Beat);
    }

    /// <summary>Whether it was not given back yet.</summary>
    public bool IsHeld { get; private set; } = true;

    /// <summary>Takes the lock of a folder, and removes what writers that were killed left there.</summary>
    /// <exception cref="RunException">Another holds it.</exception>
    /// <exception cref="StorageException">The folder cannot be written in.</exception>
    public static RunLock Take(string folder)
    {
        var path = Path.Combine(folder, FileName);
        var holder = LockHolder.New();
        for (var attempt = 0; attempt < MostAttempts; attempt++)
        {
            // In the set first: another thread that finds the file must not take it for a dead one's.
            Keep(holder.Id, true);
            var (isPlaced, fileTime) = Place(path, holder);
            if (isPlaced)
            {
                AtomicFile.Sweep(folder);
                return new RunLock(folder, path, holder, fileTime - DateTime.UtcNow);
            }

            Keep(holder.Id, false);
            RemoveDead(path, RequireFree(folder, fileTime));
        }

        throw new RunException($"The lock {path} changes all the time; see who else works in this folder, and try again.");
    }

    /// <summary>Says who works in a folder, if anyone does.</summary>
    /// <exception cref="RunException">Someone does.</exception>
    public static void RequireFree(string folder) => RequireFree(folder, DateTime.UtcNow);

    /// <summary>Sees that the lock is still this one's; one that was removed is put back.</summary>
    /// <exception cref="RunException">Another has taken it over.</exception>
    public void RequireHeld()
    {
        if (LockHolder.Read(_path) is { } now)
        {
            if (now.Id != _holder.Id)
            {
                throw new RunException($"{_folder} was taken over by {now}, because this process was silent for too long; leave the run to that one.");
            }
        }
        else if (Directory.Exists(_folder))
        {
            Place(_path, _holder);
        }
    }

    /// <summary>Gives the lock back.</summary>
    public void Dispose()
    {
        IsHeld = false;
        _beating.Dispose();
        Keep(_holder.Id, false);
        if (LockHolder.Read(_path)?.Id == _holder.Id)
        {
            Try(() => File.Delete(_path));
        }
    }

    /// <returns>The holder that is dead, if there is a lock.</returns>
    private static LockHolder? RequireFree(string folder, DateTime fileTime)
    {
        var path = Path.Combine(folder, FileName);
        var silence = fileTime - File.GetLastWriteTimeUtc(path); // centuries where there is none
        var holder = LockHolder.Read(path);
        if (!Holds(holder, silence))
        {
            return holder;
        }

        var who = holder?.ToString() ?? "another process, which has not said which";
        var how = holder?.Machine == ProcessIdentity.Machine
            ? "wait for its end or stop it"
            : $"wait for its end or stop it; if it is dead, this ends when its lock {path} has been silent for {LongestSilence.TotalMinutes:0} minutes ({Math.Max(0, silence.TotalSeconds):0} s now)";
        throw new RunException($"{folder} is in use by {who}; {how}.");
    }

    private static bool Holds(LockHolder? holder, TimeSpan silence)
    {
        if (holder is null || holder.Machine != ProcessIdentity.Machine)
        {
            return silence < LongestSilence;
        }

        if (holder.Process != Environment.ProcessId)
        {
            return holder.Started is not null && holder.Started == ProcessIdentity.StartOf(holder.Process);
        }

        lock (HeldHere)
        {
            return HeldHere.Contains(holder.Id);
        }
    }

    /// <summary>Puts a lock where none is: written beside, so that nobody ever reads half of it.</summary>
    /// <returns>Whether there was none, and the time by the clock of the file system, which may be another machine's.</returns>
    private static (bool IsPlaced, DateTime FileTime) Place(string path, LockHolder holder)
    {
        var bytes = holder.ToBytes();
        var temporary = AtomicFile.TemporaryBeside(path);
        var fileTime = DateTime.UtcNow;
        try
        {
            using (var file = new FileStream(temporary, FileMode.CreateNew))
            {
                file.Write(bytes);
                file.Flush(flushToDisk: true);
            }

            fileTime = File.GetLastWriteTimeUtc(temporary);
            File.Move(temporary, path, overwrite: false);
            return (true, fileTime);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A new holder sweeps the folder; then the temporary file is gone, and the lock is there.
            Try(() => File.Delete(temporary));
            return File.Exists(path) || error is FileNotFoundException
                ? (false, fileTime)
                : throw StorageException.NotWritten(path, bytes.Length, error);
        }
    }

    /// <summary>Removes a dead one's lock; only one of several that do so at once succeeds.</summary>
    private static void RemoveDead(string path, LockHolder? dead)
    {
        var aside = AtomicFile.TemporaryBeside(path);
        try
        {
            File.Move(path, aside);
            if (LockHolder.Read(aside)?.Id == dead?.Id)
            {
                File.Delete(aside);
            }
            else
            {
                // Another was faster: this is the new one's. Should a third have come in between, the new one finds out before it writes.
                File.Move(aside, path, overwrite: false);
            }
        }
        catch (UnauthorizedAccessException error)
        {
            throw StorageException.NotWritten(path, 0, error);
        }
        catch (IOException)
        {
            // Someone else was faster.
        }
    }

    private static void Keep(string id, bool isHeld)
    {
        lock (HeldHere)
        {
            _ = isHeld ? HeldHere.Add(id) : HeldHere.Remove(id);
        }
    }

    private static void Try(Action action)
    {
        try
        {
            action();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Someone else was faster, or the folder is gone: what comes next sees to it.
        }
    }

    private void SetTime() => Try(() =>
    {
        if (LockHolder.Read(_path)?.Id == _holder.Id)
        {
            File.SetLastWriteTimeUtc(_path, DateTime.UtcNow + _fileClock);
        }
    });
}

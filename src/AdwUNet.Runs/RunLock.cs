using AdwUNet.Training;


namespace AdwUNet.Runs;

/// <summary>
/// The lock of a run's folder: the file <c>run.lock</c>, which names its owner. On the same machine it is valid while the owner process lives. For an
/// owner on another machine it is valid while the heartbeat updates the file's time. A lock that is no longer valid is taken over.
/// </summary>
internal sealed class RunLock : IDisposable
{
    /// <summary>The file's name.</summary>
    public const string FileName = "run.lock";

    private const int MostAttempts = 20;

    /// <summary>The heartbeat interval: how often the owner updates the file's time.</summary>
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(20);

    /// <summary>The heartbeat timeout for an owner on another machine; long enough for an overloaded machine.</summary>
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

    /// <summary>Whether the lock is still held.</summary>
    public bool IsHeld { get; private set; } = true;

    /// <summary>Takes the lock of a folder, and removes temporary files that killed writers left there.</summary>
    /// <exception cref="RunException">Another process holds the lock.</exception>
    /// <exception cref="StorageException">The folder is not writable.</exception>
    public static RunLock Take(string folder)
    {
        var path = Path.Combine(folder, FileName);
        var holder = LockHolder.New();

        // Added to the set first, so that another thread that finds the file does not consider its owner dead.
        Keep(holder.Id, true);
        try
        {
            return Place(folder, path, holder);
        }
        catch
        {
            Keep(holder.Id, false);
            throw;
        }
    }

    /// <summary>Throws if a process holds the lock of a folder.</summary>
    /// <exception cref="RunException">A process holds the lock; the message names it.</exception>
    public static void RequireFree(string folder) => RequireFree(folder, DateTime.UtcNow, out _);

    /// <summary>Whether a process holds the lock of a folder, and which.</summary>
    /// <param name="folder">The folder; it may be missing.</param>
    /// <param name="holder">The owner; null if the lock is free or does not name one.</param>
    public static bool IsTaken(string folder, out LockHolder? holder)
    {
        holder = LockHolder.Read(Path.Combine(folder, FileName), out var fileTime);
        var isTaken = fileTime is { } lastSign && Holds(holder, DateTime.UtcNow - lastSign);
        holder = isTaken ? holder : null;
        return isTaken;
    }

    /// <summary>Checks that this process still holds the lock. Restores the lock file if it was removed.</summary>
    /// <exception cref="RunException">Another process has taken the lock over.</exception>
    public void RequireHeld()
    {
        if (LockHolder.Read(_path) is { } now)
        {
            if (now.Id != _holder.Id)
            {
                throw new RunException($"{_folder} was taken over by {now}, because this process was silent for too long; leave the run to that one.")
                {
                    IsInUse = true,
                };
            }
        }
        else if (Directory.Exists(_folder))
        {
            using var file = new LockFile(_path, _holder);
            _ = file.Place();
        }
    }

    /// <summary>Releases the lock.</summary>
    public void Dispose()
    {
        IsHeld = false;
        _beating.Dispose();
        if (LockHolder.Read(_path)?.Id == _holder.Id)
        {
            Try(() => File.Delete(_path));
        }

        // Last: another thread that finds the file of an owner that is not in the set replaces it, and the removal would hit its lock.
        Keep(_holder.Id, false);
    }

    private static RunLock Place(string folder, string path, LockHolder holder)
    {
        for (var attempt = 1; ; attempt++)
        {
            using var file = new LockFile(path, holder);
            var failure = file.Place();
            if (failure is null || (RequireFree(folder, file.WrittenAt, out var dead) && file.Replace(dead)))
            {
                AtomicFile.Sweep(folder);
                return new RunLock(folder, path, holder, file.WrittenAt - DateTime.UtcNow);
            }

            if (attempt == MostAttempts)
            {
                throw StorageException.NotWritten(path, holder.ToBytes().Length, failure);
            }

            // Another process is removing or replacing the same file; it can finish.
            Thread.Sleep(attempt);
        }
    }

    /// <param name="folder">The folder.</param>
    /// <param name="now">The time by the clock of the file system.</param>
    /// <param name="dead">The dead owner, if there is a lock file that names one.</param>
    /// <returns>Whether there is a lock file; it is a dead owner's.</returns>
    private static bool RequireFree(string folder, DateTime now, out LockHolder? dead)
    {
        var path = Path.Combine(folder, FileName);
        var holder = dead = LockHolder.Read(path, out var fileTime);
        if (fileTime is not { } lastSign || !Holds(holder, now - lastSign))
        {
            return fileTime is not null;
        }

        var silence = Math.Max(0, (now - lastSign).TotalSeconds);
        var who = holder?.ToString() ?? "another process, which has not said which";
        var how = holder?.Machine == ProcessIdentity.Machine
            ? string.Empty
            : $"; if it is dead, this ends when its lock {path} has been silent for {LongestSilence.TotalMinutes:0} minutes ({silence:0} s now)";
        throw new RunException($"{folder} is in use by {who}; wait for its end or stop it{how}.") { IsInUse = true };
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
            // Another process was faster, or the folder is gone; the next operation handles that.
        }
    }

    /// <summary>Sets the file's time to now, by the clock of the file system.</summary>
    internal void SetTime() => Try(() =>
    {
        if (LockHolder.Read(_path)?.Id == _holder.Id)
        {
            File.SetLastWriteTimeUtc(_path, DateTime.UtcNow + _fileClock);
        }
    });
}

using AdwUNet.Training;


namespace AdwUNet.Runs;

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

        // In the set first: another thread that finds the file must not take it for a dead one's.
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
            using var file = new LockFile(_path, _holder);
            _ = file.Place();
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

    private static RunLock Place(string folder, string path, LockHolder holder)
    {
        for (var attempt = 1; ; attempt++)
        {
            using var file = new LockFile(path, holder);
            var failure = file.Place();
            if (failure is null || file.Replace(RequireFree(folder, file.WrittenAt)))
            {
                AtomicFile.Sweep(folder);
                return new RunLock(folder, path, holder, file.WrittenAt - DateTime.UtcNow);
            }

            if (attempt == MostAttempts)
            {
                throw StorageException.NotWritten(path, holder.ToBytes().Length, failure);
            }

            // Others are about it, too: let them.
            Thread.Sleep(attempt);
        }
    }

    /// <returns>The holder that is dead, if there is a lock that says whose it is.</returns>
    private static LockHolder? RequireFree(string folder, DateTime now)
    {
        var path = Path.Combine(folder, FileName);
        var holder = LockHolder.Read(path, out var fileTime);
        if (fileTime is not { } lastSign || !Holds(holder, now - lastSign))
        {
            return holder;
        }

        var silence = Math.Max(0, (now - lastSign).TotalSeconds);
        var who = holder?.ToString() ?? "another process, which has not said which";
        var how = holder?.Machine == ProcessIdentity.Machine
            ? string.Empty
            : $"; if it is dead, this ends when its lock {path} has been silent for {LongestSilence.TotalMinutes:0} minutes ({silence:0} s now)";
        throw new RunException($"{folder} is in use by {who}; wait for its end or stop it{how}.");
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
            // Someone else was faster, or the folder is gone: what comes next sees to it.
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

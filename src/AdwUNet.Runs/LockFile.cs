namespace AdwUNet.Runs;

/// <summary>Puts the file of a lock in its place, so that nobody ever reads half of it and of several that try at once one succeeds.</summary>
internal sealed class LockFile : IDisposable
{
    private readonly string _path;
    private readonly string _temporary;

    /// <summary>Writes it beside its place.</summary>
    /// <param name="path">Its place.</param>
    /// <param name="holder">Its content.</param>
    /// <exception cref="StorageException">The folder cannot be written in.</exception>
    public LockFile(string path, LockHolder holder)
    {
        _path = path;
        _temporary = AtomicFile.TemporaryBeside(path);
        var bytes = holder.ToBytes();
        try
        {
            using var file = new FileStream(_temporary, FileMode.CreateNew);
            file.Write(bytes);
            file.Flush(flushToDisk: true);
            WrittenAt = File.GetLastWriteTimeUtc(file.SafeFileHandle);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Dispose();
            throw StorageException.NotWritten(path, bytes.Length, error);
        }
    }

    /// <summary>When it was written, by the clock of the file system, which may be another machine's.</summary>
    public DateTime WrittenAt { get; }

    /// <summary>Puts it where none is.</summary>
    /// <returns>Why that failed: there is one, or was a moment ago; or a new holder swept the folder.</returns>
    public IOException? Place()
    {
        try
        {
            File.Move(_temporary, _path, overwrite: false);
            return null;
        }
        catch (IOException error)
        {
            return error;
        }
    }

    /// <summary>Puts it where a dead one is.</summary>
    /// <param name="dead">The dead one; null where it does not say whose it is.</param>
    /// <returns>Whether it is there now; else someone else was faster.</returns>
    public bool Replace(LockHolder? dead)
    {
        // Only who has this file for itself may replace that one lock. It is removed when the lock is replaced, so that whoever gets hold of
        // a removed one, or makes another, sees the new lock. Should its owner die, the system gives it to the next.
        var claim = Path.Combine(Path.GetDirectoryName(_path)!, $".{Path.GetFileName(_path)}.{dead?.Id ?? "unknown"}.tmp");
        try
        {
            using var claimed = new FileStream(claim, FileMode.OpenOrCreate, FileAccess.ReadWrite, AtomicFile.Alone);
            var isDead = File.Exists(_path) && LockHolder.Read(_path)?.Id == dead?.Id;
            if (isDead)
            {
                File.Move(_temporary, _path, overwrite: true);
            }

            File.Delete(claim);
            return isDead;
        }
        catch (IOException)
        {
            return false;
        }
        catch (UnauthorizedAccessException error)
        {
            throw StorageException.NotWritten(_path, 0, error);
        }
    }

    /// <summary>Removes what was not put in its place.</summary>
    public void Dispose()
    {
        try
        {
            File.Delete(_temporary);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The folder is gone: then so is the file.
        }
    }
}

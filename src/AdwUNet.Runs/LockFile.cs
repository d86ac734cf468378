namespace AdwUNet.Runs;

/// <summary>Places a lock file atomically: no reader sees a partial file, and only one of several concurrent writers succeeds.</summary>
internal sealed class LockFile : IDisposable
{
    private readonly string _path;
    private readonly string _temporary;
    private readonly string _id;

    /// <summary>Writes the file under a temporary name in the same folder.</summary>
    /// <param name="path">The path of the lock file.</param>
    /// <param name="holder">Its content.</param>
    /// <exception cref="StorageException">The folder is not writable.</exception>
    public LockFile(string path, LockHolder holder)
    {
        (_path, _id) = (path, holder.Id);
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

    /// <summary>The time at which it was written, by the clock of the file system, which may be another machine's.</summary>
    public DateTime WrittenAt { get; }

    /// <summary>Places the file if there is no lock file.</summary>
    /// <returns>Why that failed: there is a lock file, or there was one a moment ago, or a new owner removed the temporary files.</returns>
    public IOException? Place()
    {
        try
        {
            ExclusiveMove.Move(_temporary, _path);
            return null;
        }
        catch (IOException error)
        {
            // A network file system may report a failure although it placed the file, when it repeated a lost request.
            return LockHolder.Read(_path)?.Id == _id ? null : error;
        }
    }

    /// <summary>Replaces the lock file of a dead owner.</summary>
    /// <param name="dead">The dead owner; null if the lock file does not name one.</param>
    /// <returns>Whether the replacement succeeded; if not, another process was faster.</returns>
    public bool Replace(LockHolder? dead)
    {
        // Only the process that has exclusive access to this guard file may replace the lock. The guard file is removed with the replacement, so that a
        // process that opens a removed or a new guard file sees the new lock. If the process dies, the system releases its access.
        var claim = Path.Combine(Path.GetDirectoryName(_path)!, $".{Path.GetFileName(_path)}.{dead?.Id ?? "unknown"}.tmp");
        try
        {
            using var claimed = new FileStream(claim, FileMode.OpenOrCreate, FileAccess.ReadWrite, AtomicFile.Alone);
            // A file that is gone was not the dead owner's: a living one has removed it, and the next one may place its own meanwhile.
            var isDead = LockHolder.Read(_path, out var fileTime)?.Id == dead?.Id && fileTime is not null;
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

    /// <summary>Removes the temporary file if it was not placed.</summary>
    public void Dispose()
    {
        try
        {
            File.Delete(_temporary);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The folder is gone, and the file with it.
        }
    }
}

namespace AdwUNet.Experiments;

/// <summary>
/// Watches the resident memory of this process, and keeps the largest value in a file, also over several processes that work on one run.
/// </summary>
internal sealed class PeakMemory : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(0.2);

    private readonly string _path;
    private readonly Timer _timer;
    private long _peak = Environment.WorkingSet;

    /// <summary>Starts to watch.</summary>
    /// <param name="path">The file.</param>
    public PeakMemory(string path)
    {
        _path = path;
        _timer = new Timer(_ => Look(), null, Interval, Interval);
    }

    /// <summary>The largest value in a file in bytes; 0 without a file.</summary>
    /// <exception cref="RunException">The file is damaged.</exception>
    public static long Read(string path) =>
        File.Exists(path) ? JsonFile.Load<Content>(path, (message, error) => new RunException(message, error)).PeakBytes : 0;

    /// <summary>Writes the file.</summary>
    public void Dispose()
    {
        _timer.Dispose();
        Look();
        JsonFile.Save(_path, new Content(Math.Max(Interlocked.Read(ref _peak), Read(_path))));
    }

    private void Look()
    {
        var now = Environment.WorkingSet;
        long before;
        while (now > (before = Interlocked.Read(ref _peak)) && Interlocked.CompareExchange(ref _peak, now, before) != before)
        {
            // Another thread was faster; compare with its value.
        }
    }

    private sealed record Content(long PeakBytes);
}

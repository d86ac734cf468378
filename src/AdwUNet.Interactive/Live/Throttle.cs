namespace AdwUNet.Interactive;

/// <summary>Lets something happen at most so often.</summary>
/// <param name="interval">The least time between two.</param>
/// <param name="time">The clock.</param>
internal sealed class Throttle(TimeSpan interval, TimeProvider time)
{
    /// <summary>Twice a second: quick enough for the eye, slow enough for a notebook's connection.</summary>
    public static readonly TimeSpan Display = TimeSpan.FromSeconds(0.5);

    private long? _last;

    /// <summary>Whether it may happen now; if so, this counts as the last time.</summary>
    public bool Pass()
    {
        if (_last is { } last && time.GetElapsedTime(last) < interval) return false;
        _last = time.GetTimestamp();
        return true;
    }
}

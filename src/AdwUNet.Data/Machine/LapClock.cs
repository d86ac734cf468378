using System.Diagnostics;

namespace AdwUNet;

/// <summary>Measures the durations of consecutive parts of an epoch.</summary>
internal sealed class LapClock
{
    private long _start = Stopwatch.GetTimestamp();

    /// <summary>Starts the first part.</summary>
    public void Start() => _start = Stopwatch.GetTimestamp();

    /// <summary>Ends the current part and starts the next.</summary>
    /// <returns>The duration of the part in seconds.</returns>
    public double Lap()
    {
        var (start, end) = (_start, Stopwatch.GetTimestamp());
        _start = end;
        return Stopwatch.GetElapsedTime(start, end).TotalSeconds;
    }
}

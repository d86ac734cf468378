using System.Diagnostics;

namespace AdwUNet.Training;

/// <summary>Measures the parts of an epoch, one after the other.</summary>
internal sealed class LapClock
{
    private long _start = Stopwatch.GetTimestamp();

    /// <summary>Begins the first part.</summary>
    public void Start() => _start = Stopwatch.GetTimestamp();

    /// <summary>Ends a part and begins the next.</summary>
    /// <returns>The seconds that the part took.</returns>
    public double Lap()
    {
        var (start, end) = (_start, Stopwatch.GetTimestamp());
        _start = end;
        return Stopwatch.GetElapsedTime(start, end).TotalSeconds;
    }
}

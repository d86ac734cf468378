using System.Diagnostics;

namespace AdwUNet.Scheduling;

/// <summary>How far a running attempt is: the file <c>worker/progress.json</c>.</summary>
/// <param name="FirstDone">What was done when the attempt reported first.</param>
/// <param name="FirstAt">When that was.</param>
/// <param name="Done">What is done.</param>
/// <param name="At">When that was.</param>
/// <param name="Total">All.</param>
internal sealed record WorkProgressRecord(int FirstDone, DateTimeOffset FirstAt, int Done, DateTimeOffset At, int Total)
{
    /// <summary>The part that is done, 0 to 1.</summary>
    public double Part() => Total == 0 ? 0 : (double)Done / Total;

    /// <summary>The time that remains after <see cref="At"/> at the attempt's rate so far; null if that is not known yet.</summary>
    public TimeSpan? Left() => Done > FirstDone ? (At - FirstAt) * ((double)(Total - Done) / (Done - FirstDone)) : null;
}

/// <summary>Writes the progress of a run to its folder, not more often than every few seconds.</summary>
internal sealed class ProgressFile(IWork work) : IProgress<WorkProgress>
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private WorkProgressRecord? _last;
    private long _written;

    private static string PathOf(IWork work) => Path.Combine(WorkRecord.FolderOf(work), "progress.json");

    /// <summary>Reads what a running attempt wrote; null if there is nothing.</summary>
    /// <param name="work">The run.</param>
    /// <param name="since">The start of the attempt: what was written before is another attempt's.</param>
    public static WorkProgressRecord? Read(IWork work, DateTimeOffset since)
    {
        try
        {
            var path = PathOf(work);
            var record = File.Exists(path) ? JsonFile.Load<WorkProgressRecord>(path, (message, error) => new RunException(message, error)) : null;
            return record?.FirstAt >= since ? record : null;
        }
        catch (RunException)
        {
            return null; // it is only for display
        }
    }

    /// <inheritdoc/>
    public void Report(WorkProgress value)
    {
        var now = DateTimeOffset.Now;
        if (_last is not null && Stopwatch.GetElapsedTime(_written) < Interval)
        {
            return;
        }

        _last = _last is null ? new(value.Done, now, value.Done, now, value.Total) : _last with { Done = value.Done, At = now, Total = value.Total };
        _written = Stopwatch.GetTimestamp();
        JsonFile.Save(PathOf(work), _last);
    }
}

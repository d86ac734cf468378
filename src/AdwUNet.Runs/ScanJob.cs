using System.Diagnostics;
using AdwUNet.Imaging;
using AdwUNet.Prediction;

namespace AdwUNet.Runs;

/// <summary>The segmentation of one scan of a folder.</summary>
internal sealed class ScanJob(ScanFiles scan, string output)
{
    public ScanFiles Scan => scan;

    /// <summary>The full path of the segmentation.</summary>
    public string Output => output;

    /// <summary>Why there is no segmentation, as far as is known.</summary>
    public string? Fault { get; set; } = scan.Fault;

    /// <summary>Whether an earlier call finished it.</summary>
    public bool IsReused { get; private set; }

    /// <summary>Whether it is to be done.</summary>
    public bool IsOpen => Fault is null && !IsReused;

    /// <summary>The content of the scan.</summary>
    public string InputHash { get; private set; } = "";

    /// <summary>The bytes of the scan's files, to which the time is roughly proportional.</summary>
    public double Size { get; } = scan.Paths.Where(File.Exists).Sum(path => (double)new FileInfo(path).Length);

    /// <summary>Looks what an earlier call left.</summary>
    public void Look(SegmentationLog log) => Try(() =>
    {
        if (Fault is not null) return;
        foreach (var path in scan.Paths) ImageTarget.Check(output, path);
        InputHash = scan.Hash();
        IsReused = log.IsDone(Path.GetFileName(output), InputHash);
    });

    /// <summary>Does something for this scan. An error is the scan's fault and does not end the work on the others.</summary>
    public void Try(Action work)
    {
        try
        {
            work();
        }
        catch (Exception error) when (error is (AdwUNetException and not StorageException) or IOException or UnauthorizedAccessException)
        {
            Fault = error.Message;
        }
    }
}

/// <summary>Reports the progress of a folder, and estimates the time left from the sizes of the scans.</summary>
internal sealed class WorkClock(IReadOnlyList<ScanJob> jobs, IProgress<FolderProgress>? progress) : IProgress<PredictionProgress>
{
    private readonly double _all = jobs.Where(job => job.IsOpen).Sum(job => job.Size);
    private readonly long _start = Stopwatch.GetTimestamp();
    private int _done = jobs.Count(job => !job.IsOpen);
    private double _finished;
    private ScanJob? _current;

    /// <summary>Reports the scan that is segmented next.</summary>
    public void Report(ScanJob? job)
    {
        _current = job;
        Report(0);
    }

    /// <summary>Reports a tile of the current scan.</summary>
    public void Report(PredictionProgress value) => Report((double)value.Done / value.Total);

    /// <summary>Ends a scan.</summary>
    public void End(ScanJob job)
    {
        (_done, _finished, _current) = (_done + 1, _finished + job.Size, null);
        Report(0);
    }

    private void Report(double share)
    {
        var worked = _finished + (share * (_current?.Size ?? 0));
        TimeSpan? left = _done == jobs.Count ? TimeSpan.Zero : worked > 0 ? Stopwatch.GetElapsedTime(_start) * ((_all - worked) / worked) : null;
        progress?.Report(new FolderProgress(_done, jobs.Count, _current?.Scan.Id ?? "", left));
    }
}

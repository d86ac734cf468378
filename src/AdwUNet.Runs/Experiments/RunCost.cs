namespace AdwUNet.Experiments;

/// <summary>What a run took on its machine.</summary>
/// <param name="SearchSeconds">Duration of the search's epochs; 0 without a search.</param>
/// <param name="TrainingSeconds">Duration of the training's epochs.</param>
/// <param name="SegmentationSeconds">Duration of the segmentation of the fold's scans.</param>
/// <param name="PeakMemory">The most resident memory of the process while it worked on the run, in bytes, looked at five times a second.</param>
public sealed record RunCost(double SearchSeconds, double TrainingSeconds, double SegmentationSeconds, long PeakMemory)
{
    /// <summary>Duration of the whole run.</summary>
    public double Seconds => SearchSeconds + TrainingSeconds + SegmentationSeconds;

    /// <exception cref="RunException">A file is damaged.</exception>
    internal static RunCost Read(GridResult result) => new(
        result.Search.Sum(epoch => epoch.Seconds),
        result.Training.Sum(epoch => epoch.Seconds),
        new ScanEvaluation(result.Run.ScansPath).Results.Sum(scan => scan.Seconds),
        Experiments.PeakMemory.Read(result.Run.MemoryPath));
}

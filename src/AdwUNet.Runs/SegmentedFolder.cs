using AdwUNet.Prediction;

namespace AdwUNet.Runs;

/// <summary>A scan of a folder that was segmented.</summary>
/// <param name="Id">The file name without its ending and channel number.</param>
/// <param name="Inputs">The full paths of the scan: one file with all channels, or one file for each channel.</param>
/// <param name="Output">The full path of the segmentation.</param>
/// <param name="Fault">Why there is no segmentation; null if there is one.</param>
/// <param name="Reused">Whether an earlier call had finished it.</param>
public sealed record SegmentedScan(string Id, IReadOnlyList<string> Inputs, string Output, string? Fault, bool Reused);

/// <summary>The result of segmenting a folder.</summary>
/// <param name="Folder">The full path of the folder of segmentations.</param>
/// <param name="Scans">All scans, in the order of their ids.</param>
public sealed record SegmentedFolder(string Folder, IReadOnlyList<SegmentedScan> Scans)
{
    /// <summary>The scans that could not be segmented.</summary>
    public IReadOnlyList<SegmentedScan> Faults => [.. Scans.Where(scan => scan.Fault is not null)];

    /// <summary>The result as plain text: a line with the counts, and a line for each scan that could not be segmented.</summary>
    public string ToText() => string.Join('\n', Faults.Select(scan => $"{scan.Id}: {scan.Fault}").Prepend(
        $"{Scans.Count - Faults.Count} of {Scans.Count} scans are segmented in {Folder}"
        + (Scans.Count(scan => scan.Reused) is > 0 and var reused ? $", {reused} of them before." : ".")));

    /// <summary>Throws if a scan could not be segmented.</summary>
    /// <exception cref="SegmentationException">Some could not; the message names them with the reasons.</exception>
    public void Require()
    {
        if (Faults.Count > 0) throw new SegmentationException(ToText());
    }
}

/// <summary>How far the segmentation of a folder is.</summary>
/// <param name="Done">Finished scans, those of earlier calls and those that failed included.</param>
/// <param name="Total">All scans.</param>
/// <param name="Scan">The id of the current scan; empty at the end.</param>
/// <param name="TimeLeft">An estimate from the size of the files; null before there is anything to estimate it from.</param>
public sealed record FolderProgress(int Done, int Total, string Scan, TimeSpan? TimeLeft);

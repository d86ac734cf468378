using AdwUNet.Datasets;
using AdwUNet.Imaging;
using AdwUNet.Prediction;

namespace AdwUNet.Runs;

/// <summary>Segments scans of several files, and whole folders of scans.</summary>
public static class FolderSegmentation
{
    /// <summary>Segments one scan with a file for each channel.</summary>
    /// <param name="segmenter">The segmenter.</param>
    /// <param name="channels">The files in the order of the plan's modalities, of any format that <see cref="ImageFile"/> reads, all on the same grid.</param>
    /// <param name="output">Where to write the labels, at the scan's place in space; its name tells the format. The file is replaced atomically.</param>
    /// <param name="progress">Reported after every tile, over all networks.</param>
    /// <param name="cancellation">Ends the prediction before the next forward pass.</param>
    /// <exception cref="ImageException">A file is missing or damaged, the channels lie on different grids, or the output cannot be written or is an input.</exception>
    /// <exception cref="SegmentationException">The files do not have the plan's channels; the message names the first.</exception>
    /// <exception cref="PreprocessingException">The image is empty or has no valid spacing; the message names the first file.</exception>
    /// <exception cref="OperationCanceledException">The prediction was cancelled; nothing is written.</exception>
    public static void SegmentToFile(
        this Segmenter segmenter, IReadOnlyList<string> channels, string output, IProgress<PredictionProgress>? progress = null, CancellationToken cancellation = default)
    {
        foreach (var path in channels) ImageTarget.Check(output, path);
        var (labels, header) = Segment(segmenter, channels, progress, cancellation);
        ImageFile.WriteLabels(output, labels, header);
    }

    /// <summary>
    /// Segments every scan of a folder. A scan is one file with all channels, or files <c>x_0000</c>, <c>x_0001</c> ..., one for each channel, as nnU-Net names
    /// them. The segmentation <c>x</c> has the format and the geometry of the scan. A second call with the same model continues where
    /// the first was interrupted; a scan whose files changed is segmented again. A scan that fails is named in the result, and the others are segmented.
    /// </summary>
    /// <param name="segmenter">The segmenter.</param>
    /// <param name="input">The folder of the scans, in any of the formats that <see cref="ImageFile"/> reads. No file in it is changed.</param>
    /// <param name="output">The folder of the segmentations, which is another one; made if it does not exist. A file in it that was not written by this model is not overwritten.</param>
    /// <param name="ending">The format of the segmentations, such as <c>.nii.gz</c>; that of each scan when null.</param>
    /// <param name="progress">Reported before the first scan, after every tile and after every scan.</param>
    /// <param name="cancellation">Ends the segmentation before the next forward pass; the finished segmentations stay.</param>
    /// <exception cref="SegmentationException">There is no scan, the folders are the same, or the output folder holds segmentations of another model.</exception>
    /// <exception cref="ImageException">A segmentation cannot be written, or the format is unknown.</exception>
    /// <exception cref="StorageException">The output folder is not writable.</exception>
    /// <exception cref="RunException">Another process writes to the output folder.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static SegmentedFolder SegmentFolder(
        this Segmenter segmenter, string input, string output, string? ending = null, IProgress<FolderProgress>? progress = null, CancellationToken cancellation = default)
    {
        if (ending is not null && !ImageFormats.IsEnding(ending)) throw new SegmentationException($"The ending '{ending}' is none of {ImageFormats.Supported}; choose one of these.");
        return segmenter.SegmentScans(ScanFiles.In(Path.GetFullPath(input), segmenter.Parts.Plan.Modalities.Count), Path.GetFullPath(input), Path.GetFullPath(output), ending, progress, cancellation);
    }

    /// <summary>
    /// Segments cases of a dataset, such as the validation cases of a fold, into a folder: as <see cref="SegmentFolder"/>, but only these cases. The segmentation
    /// of the case <c>x</c> is the file <c>x</c> with the ending of its scan.
    /// </summary>
    /// <param name="segmenter">The segmenter.</param>
    /// <param name="data">The dataset.</param>
    /// <param name="ids">The cases.</param>
    /// <param name="output">The folder of the segmentations; made if it does not exist. A file in it that was not written by this model is not overwritten.</param>
    /// <param name="progress">Reported before the first scan, after every tile and after every scan.</param>
    /// <param name="cancellation">Ends the segmentation before the next forward pass; the finished segmentations stay.</param>
    /// <exception cref="SegmentationException">The dataset has no such case, or the output folder holds scans or segmentations of another model.</exception>
    /// <exception cref="ImageException">A segmentation cannot be written.</exception>
    /// <exception cref="StorageException">The output folder is not writable.</exception>
    /// <exception cref="RunException">Another process writes to the output folder.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static SegmentedFolder SegmentCases(
        this Segmenter segmenter, Dataset data, IEnumerable<string> ids, string output, IProgress<FolderProgress>? progress = null, CancellationToken cancellation = default)
    {
        var scans = ids.Select(id => data.Cases.FirstOrDefault(item => item.Id == id) is { } found
            ? new ScanFiles(id, found.ImagePaths)
            : throw new SegmentationException($"{data.Name} has no case {id}; give ids of its cases.")).ToList();
        return segmenter.SegmentScans(scans, scans.Count == 0 ? data.Folder : Path.GetDirectoryName(Path.GetFullPath(scans[0].Paths[0]))!, Path.GetFullPath(output), null, progress, cancellation);
    }

    private static SegmentedFolder SegmentScans(
        this Segmenter segmenter, IReadOnlyList<ScanFiles> scans, string input, string output, string? ending, IProgress<FolderProgress>? progress, CancellationToken cancellation)
    {
        var isLocked = File.Exists(Path.Combine(input, RunLock.FileName));
        if (input != output) FolderEntry.Create(output);
        using var hold = input == output ? null : RunLock.Take(output);
        if (hold is null || (!isLocked && File.Exists(Path.Combine(input, RunLock.FileName)))) // the same folder by another path
            throw new SegmentationException($"The segmentations would be written beside the scans in {input}; choose another folder for them.");
        var log = new SegmentationLog(output, SegmentationLog.Identity(segmenter));
        var jobs = scans.Select(scan => new ScanJob(scan, Path.Combine(output, scan.Id + (ending ?? scan.Ending)))).ToList();
        foreach (var twice in jobs.GroupBy(job => job.Output).SelectMany(group => group.Skip(1)))
            twice.Fault ??= $"its segmentation would be the same file as that of another scan, {twice.Output}; rename one of them";
        jobs.ForEach(job => job.Look(log));

        var clock = new WorkClock(jobs, progress);
        foreach (var job in jobs.Where(job => job.IsOpen))
        {
            cancellation.ThrowIfCancellationRequested();
            clock.Report(job);
            (LabelMap Labels, ImageHeader Header)? result = null;
            job.Try(() => result = Segment(segmenter, job.Scan.Paths, clock, cancellation));
            if (result is var (labels, header))
            {
                hold.RequireHeld();
                log.Begin(Path.GetFileName(job.Output), job.InputHash);
                ImageFile.WriteLabels(job.Output, labels, header); // an error ends the work: the other segmentations would not be written either
                log.End(Path.GetFileName(job.Output), job.InputHash);
            }

            clock.End(job);
        }

        clock.Report(null);
        return new SegmentedFolder(output, [.. jobs.Select(job => new SegmentedScan(job.Scan.Id, job.Scan.Paths, job.Output, job.Fault, job.IsReused))]);
    }

    private static (LabelMap Labels, ImageHeader Header) Segment(
        Segmenter segmenter, IReadOnlyList<string> paths, IProgress<PredictionProgress>? progress, CancellationToken cancellation)
    {
        var plan = segmenter.Parts.Plan;
        var scan = new DatasetCase(DatasetDescription.IdOf(paths[0]), paths, labelPath: "", new DatasetReading(plan.Orientation is { } letters ? AxisOrientation.Parse(letters) : null, []));
        var header = scan.ReadHeader();
        if (header.Channels != plan.Modalities.Count)
        {
            throw new SegmentationException(
                $"{string.Join(" and ", paths)} has {header.Channels} channels, the plan of {plan.Dataset} {plan.Modalities.Count} ({string.Join(", ", plan.Modalities)}); "
                + "give one file with these channels in the fourth dimension, or one file for each.");
        }

        var labels = paths.Count == 1
            ? segmenter.Segment(paths[0], progress, cancellation)
            : header.TurnTo(plan.Orientation).Inverse().Apply(segmenter.Segment(scan.ReadImage(), paths[0], progress, cancellation));
        plan.Labels?.ToFileValues(labels.Data);
        return (labels, header);
    }
}

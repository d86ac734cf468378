using System.IO.Compression;
using System.Text.RegularExpressions;
using AdwUNet.Datasets;
using AdwUNet.Imaging;
using AdwUNet.Prediction;

namespace AdwUNet.Runs;

/// <summary>
/// An archive for the leaderboard of the Medical Segmentation Decathlon (decathlon-10.grand-challenge.org): a folder for each task, such as
/// <c>Task05_Prostate</c>, with a segmentation for each scan of its <c>imagesTs</c>, of the same name. The leaderboard scores all ten tasks together.
/// </summary>
/// <remarks>The layout follows an error message of the leaderboard that names the folders; no archive has been submitted yet.</remarks>
public static partial class DecathlonSubmission
{
    /// <summary>The folder of the scans without labels.</summary>
    public const string TestFolder = "imagesTs";

    private const string Ending = ".nii.gz";

    /// <summary>Segments the test scans of a task; <see cref="FolderSegmentation.SegmentFolder"/> says how it resumes.</summary>
    /// <param name="segmenter">The segmenter, such as that of an <see cref="Ensemble"/>.</param>
    /// <param name="task">The task's folder, with <c>imagesTs</c> in it.</param>
    /// <param name="output">The folder of the segmentations.</param>
    /// <param name="progress">Reported before the first scan, after every tile and after every scan.</param>
    /// <param name="cancellation">Ends the segmentation before the next forward pass; the finished segmentations stay.</param>
    /// <exception cref="AdwUNetException">As <see cref="FolderSegmentation.SegmentFolder"/>.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static SegmentedFolder SegmentTestScans(
        this Segmenter segmenter, string task, string output, IProgress<FolderProgress>? progress = null, CancellationToken cancellation = default) =>
        segmenter.SegmentFolder(Path.Combine(task, TestFolder), output, Ending, progress, cancellation);

    /// <summary>Writes the archive. The same segmentations give the same bytes.</summary>
    /// <param name="archive">The file to write, which ends in <c>.zip</c>; replaced if it exists.</param>
    /// <param name="tasks">The folder of each task, named as in the decathlon, and the folder of its segmentations.</param>
    /// <exception cref="SegmentationException">A task has another name or no test scans, or a segmentation is missing or does not fit its scan.</exception>
    /// <exception cref="ImageException">A scan or a segmentation is damaged.</exception>
    /// <exception cref="StorageException">The archive cannot be written.</exception>
    public static void Write(string archive, IReadOnlyList<(string Task, string Segmentations)> tasks)
    {
        if (tasks.Count == 0 || !archive.EndsWith(".zip", StringComparison.OrdinalIgnoreCase))
            throw new SegmentationException($"{tasks.Count} tasks cannot be written to {archive}; give at least one task, and a file that ends in .zip.");
        var files = tasks.SelectMany(task => Files(Path.TrimEndingDirectorySeparator(Path.GetFullPath(task.Task)), task.Segmentations)).ToList();
        if (files.GroupBy(file => file.Entry).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new SegmentationException($"{twice.Key} would be in {archive} twice; give each task once.");
        AtomicFile.Write(archive, stream =>
        {
            using var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
            foreach (var (entry, path) in files)
            {
                var target = zip.CreateEntry(entry, CompressionLevel.NoCompression); // they are compressed
                target.LastWriteTime = new DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);
                using var content = File.OpenRead(path);
                using var into = target.Open();
                content.CopyTo(into);
            }
        });
    }

    private static List<(string Entry, string Path)> Files(string task, string segmentations)
    {
        var name = Path.GetFileName(task);
        var folder = Path.Combine(task, TestFolder);
        if (!TaskName().IsMatch(name))
            throw new SegmentationException($"The folder {task} does not have the name of a task, such as Task05_Prostate; rename it as the decathlon names it.");
        string[] scans = Directory.Exists(folder)
            ? [.. Directory.GetFiles(folder, "*" + Ending).Where(path => !Path.GetFileName(path).StartsWith('.')).Order(StringComparer.Ordinal)]
            : [];
        if (scans.Length == 0)
            throw new SegmentationException($"{folder} has no scan that ends in {Ending}; fetch the whole task.");
        var classes = Dataset.Load(task).Classes.Count;
        foreach (var scan in scans) Check(scan, Path.Combine(segmentations, Path.GetFileName(scan)), classes);
        return [.. scans.Select(scan => ($"{name}/{Path.GetFileName(scan)}", Path.Combine(segmentations, Path.GetFileName(scan))))];
    }

    private static void Check(string scan, string segmentation, int classes)
    {
        if (!File.Exists(segmentation))
            throw new SegmentationException($"{segmentation} is missing; segment all scans of {Path.GetDirectoryName(scan)} first.");
        var (header, place) = (ImageFile.ReadHeader(segmentation), ImageFile.ReadHeader(scan));
        if (header.Shape != place.Shape)
            throw new SegmentationException($"{segmentation} has {header.Shape} voxels (z, y, x), its scan {place.Shape}; segment it again.");
        if (PlaceDifference.Of(place, header) is { } difference)
            throw new SegmentationException($"{segmentation} lies at another place than its scan ({difference}); segment it again.");
        if (ImageFile.ReadLabels(segmentation).Data.FirstOrDefault(label => label < 0 || label >= classes) is var odd and not 0)
            throw new SegmentationException($"{segmentation} has the label {odd}, but those of the task are 0 to {classes - 1}; segment it with a model of this task.");
    }

    [GeneratedRegex(@"^Task\d{2}_\w+$")]
    private static partial Regex TaskName();
}

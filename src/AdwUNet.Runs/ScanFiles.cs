using System.Globalization;
using AdwUNet.Datasets;
using AdwUNet.Imaging;
using AdwUNet.Prediction;

namespace AdwUNet.Runs;

/// <summary>A scan in a folder of scans.</summary>
/// <param name="Id">The file name without its ending and channel number.</param>
/// <param name="Paths">One file with all channels, or one file for each channel.</param>
/// <param name="Fault">Why it cannot be segmented, as far as the names tell; null otherwise.</param>
internal sealed record ScanFiles(string Id, IReadOnlyList<string> Paths, string? Fault = null)
{
    /// <summary>The ending of its first file.</summary>
    public string Ending => ImageFormats.EndingOf(Paths[0]) ?? Path.GetExtension(Paths[0]);

    /// <summary>
    /// The scans of a folder. Files <c>x_0000</c>, <c>x_0001</c> ... are the channels of one scan, as nnU-Net names them; any other image is a scan of its own.
    /// </summary>
    /// <param name="folder">The folder; folders in it are not read.</param>
    /// <param name="channels">The number of channels of a scan.</param>
    /// <exception cref="SegmentationException">There is no such folder, or no image in it.</exception>
    public static IReadOnlyList<ScanFiles> In(string folder, int channels)
    {
        if (!Directory.Exists(folder)) throw new SegmentationException($"There is no folder {folder}; give the folder that contains the scans.");
        string[] files = [.. Directory.GetFiles(folder).Where(path => !Path.GetFileName(path).StartsWith('.')).Order(StringComparer.Ordinal)];
        var images = files.Where(IsImage).ToList();
        List<ScanFiles> scans =
        [
            .. images.GroupBy(path => (DatasetDescription.IdOf(path), ImageFormats.EndingOf(path), DatasetDescription.IsChannel(DatasetDescription.NameOf(path))))
                .SelectMany(group => group.Key.Item3 ? OfChannels(group.Key.Item1, [.. group], channels) : group.Select(Whole)),
            .. files.Except(images).Where(path => ImageFormats.RefusalOf(path) is not null).Select(path => Whole(path) with { Fault = ImageFormats.RefusalOf(path) }),
        ];
        return scans.Count > 0
            ? [.. scans.OrderBy(scan => scan.Id, StringComparer.Ordinal)]
            : throw new SegmentationException($"The folder {folder} contains no image; give the folder that contains the scans, as files of the formats {ImageFormats.Supported}.");
    }

    /// <summary>A hash of the content of all its files.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="ImageException">A header that names another file is damaged.</exception>
    public string Hash() => string.Concat(Paths.SelectMany(ImageFile.FilesOf).Where(File.Exists).Distinct().Select(FileContent.Hash));

    private static ScanFiles Whole(string path) => new(DatasetDescription.NameOf(path), [path]);

    private static IEnumerable<ScanFiles> OfChannels(string id, string[] paths, int channels)
    {
        var numbers = paths.Select(path => int.Parse(DatasetDescription.NameOf(path)[(id.Length + 1)..], CultureInfo.InvariantCulture)).ToArray();
        if (numbers.SequenceEqual(Enumerable.Range(0, channels))) return [new(id, paths)];
        return numbers[0] != 0
            ? paths.Select(Whole) // numbers of patients or days
            : [new(id, paths, $"its channel files are numbered {string.Join(", ", numbers)}, but the model needs {channels} channel(s), numbered from 0")];
    }

    /// <summary>Whether a file is an image, and not the voxels of a header beside it.</summary>
    private static bool IsImage(string path) =>
        ImageFormats.EndingOf(path) is { } ending && !(ending.StartsWith(".img", StringComparison.Ordinal) && File.Exists(NiftiPaths.Of(path).Header));
}

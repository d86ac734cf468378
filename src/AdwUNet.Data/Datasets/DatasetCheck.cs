using AdwUNet.Imaging;

namespace AdwUNet.Datasets;

/// <summary>Finds errors in the cases of a dataset, and properties that may be unintended.</summary>
internal static class DatasetCheck
{
    private const int ListedValues = 10;
    private const int ListedFiles = 10;

    /// <summary>Checks every case, and the cases against each other.</summary>
    public static DatasetReport Examine(Dataset dataset, IProgress<int>? progress, CancellationToken cancellation)
    {
        var faults = new List<DatasetFault>[dataset.Cases.Count];
        var orientations = new AxisOrientation?[dataset.Cases.Count];
        var done = 0;
        ParallelCases.For(
            dataset.Cases.Count,
            i =>
            {
                (faults[i], orientations[i]) = FindFaults(dataset.Cases[i], dataset);
                progress?.Report(Interlocked.Increment(ref done));
            },
            cancellation: cancellation);
        AddShared(dataset, faults);
        var faulty = faults.SelectMany(list => list).Select(fault => fault.CaseId).ToHashSet(StringComparer.Ordinal);
        DatasetWarning?[] warnings = [.. Unlisted(dataset, faulty), MixedOrientations(dataset, orientations)];
        return new DatasetReport(dataset, [.. faults.SelectMany(list => list)], [.. warnings.OfType<DatasetWarning>()]);
    }

    private static (List<DatasetFault> Faults, AxisOrientation? Orientation) FindFaults(DatasetCase @case, Dataset dataset)
    {
        var faults = new List<DatasetFault>();
        void Add(string description) => faults.Add(new DatasetFault(@case.Id, description));

        ImageHeader? image = null, label = null;
        Try("image", Add, () => image = @case.ReadHeader());
        Try("label", Add, () => label = ImageFile.ReadHeader(@case.LabelPath));
        if (image is not null && label is not null) ComparePlaces(image, label, Add);
        if (image is not null)
        {
            if (image.Channels != dataset.Modalities.Count)
                Add($"the image's number of channels is {image.Channels}, the dataset's number of modalities {dataset.Modalities.Count}");
            Try("image", Add, () => CheckVoxels(@case.ReadImage(), Add));
        }

        if (label is not null) Try("label", Add, () => CheckLabels(@case.ReadLabels(), dataset, Add));
        foreach (var path in @case.ImagePaths)
        {
            if (path == @case.LabelPath) Add($"image and label map are the same file, {path}; correct one of the two names");
            else if (FileContent.AreSame(path, @case.LabelPath)) Add($"the image {path} and the label map {@case.LabelPath} have the same bytes; one is a copy of the other");
        }

        return (faults, image?.Orientation);
    }

    /// <summary>Finds label maps that two cases share.</summary>
    private static void AddShared(Dataset dataset, List<DatasetFault>[] faults)
    {
        var owners = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < dataset.Cases.Count; i++)
        {
            var @case = dataset.Cases[i];
            if (!owners.TryAdd(@case.LabelPath, @case.Id))
                faults[i].Add(new DatasetFault(@case.Id, $"the label map {@case.LabelPath} is also that of the case {owners[@case.LabelPath]}; give each case its own"));
        }
    }

    /// <summary>Finds images in the dataset's folders that belong to no case. Images with the id of a faulty case are not reported.</summary>
    private static IEnumerable<DatasetWarning> Unlisted(Dataset dataset, HashSet<string> faulty)
    {
        string[] listed = [.. dataset.Cases.SelectMany(@case => @case.ImagePaths.Append(@case.LabelPath))];
        var used = listed.Where(File.Exists).SelectMany(FilesOf).ToHashSet(StringComparer.Ordinal);
        string[] others = [.. listed.Select(path => Path.GetDirectoryName(path)!).Distinct().Where(Directory.Exists)
            .SelectMany(folder => Directory.GetFileSystemEntries(folder))
            .Where(path => ImageFormats.EndingOf(path) is not null && !Path.GetFileName(path).StartsWith('.') && !used.Contains(path) && !faulty.Contains(DatasetDescription.IdOf(path)))
            .Order(StringComparer.Ordinal)];
        if (others.Length == 0) yield break;
        string[] ids = [.. others.Select(DatasetDescription.IdOf).Distinct()];
        var files = string.Join(", ", others.Take(ListedFiles).Select(path => Path.GetRelativePath(dataset.Folder, path).Replace('\\', '/')));
        var more = others.Length > ListedFiles ? $" and {others.Length - ListedFiles} more" : "";
        yield return new DatasetWarning(
            ids, $"{files}{more} {(others.Length == 1 ? "is" : "are")} not in the list of cases and stays "
                + $"unused; list them in {Dataset.DescriptionFile} as pairs of image and label, or move them away");
    }

    private static IReadOnlyList<string> FilesOf(string path)
    {
        try
        {
            return ImageFile.FilesOf(path);
        }
        catch (ImageException)
        {
            return [path]; // a fault of its case
        }
    }

    /// <summary>Finds cases in different orientations. A network sees voxels in the order of the file, so these cases appear rotated or mirrored to it.</summary>
    private static DatasetWarning? MixedOrientations(Dataset dataset, AxisOrientation?[] orientations)
    {
        if (dataset.Orientation is not null) return null;
        var groups = orientations.Select((orientation, i) => (orientation, dataset.Cases[i].Id)).Where(pair => pair.orientation is not null)
            .GroupBy(pair => pair.orientation!.Value, pair => pair.Id).OrderByDescending(group => group.Count()).ThenBy(group => group.Min(), StringComparer.Ordinal).ToList();
        if (groups.Count < 2) return null;
        var most = groups[0].Key;
        var counts = string.Join(", ", groups.Select(group => $"{group.Count()} {group.Key}"));
        return new DatasetWarning(
            [.. groups.Skip(1).SelectMany(group => group).Order(StringComparer.Ordinal)],
            $"the axes of the cases have different orientations ({counts}), so a network would see some of them turned or mirrored; "
            + $"load the dataset with new DatasetOptions {{ Orientation = AxisOrientation.Parse(\"{most}\") }} to turn all to one");
    }

    private static void Try(string what, Action<string> add, Action read)
    {
        try
        {
            read();
        }
        catch (ImageException e)
        {
            add($"the {what} {e.Path} cannot be used: {e.Fault}");
        }
    }

    private static void ComparePlaces(ImageHeader image, ImageHeader label, Action<string> add)
    {
        if (image.Shape != label.Shape)
            add($"the image has {image.Shape} voxels (z, y, x), its label map {label.Shape}");
        else if (PlaceDifference.Of(image, label) is { } difference)
            add($"image and label map have different positions in space: {difference}");
    }

    private static void CheckVoxels(Volume volume, Action<string> add)
    {
        var (count, first) = (0, -1);
        for (var i = 0; i < volume.Data.Length; i++)
        {
            if (!float.IsInfinity(volume.Data[i])) continue; // NaN becomes 0 in preprocessing
            if (count++ == 0) first = i;
        }

        if (count == 0) return;
        var (channel, voxel) = Math.DivRem(first, (int)volume.Shape.Count);
        var (x, y, z) = (voxel % volume.Shape.X, voxel / volume.Shape.X % volume.Shape.Y, voxel / volume.Shape.X / volume.Shape.Y);
        add($"the image has {count} infinite voxel(s), the first in channel {channel} at x {x}, y {y}, z {z}");
    }

    private static void CheckLabels(LabelMap labels, Dataset dataset, Action<string> add)
    {
        var classes = dataset.Classes.Count;
        var ignore = dataset.Labels?.IgnoreLabel;
        var wrong = new SortedDictionary<short, int>();
        foreach (var label in labels.Data)
        {
            if ((label < 0 || label >= classes) && label != ignore) wrong[label] = wrong.GetValueOrDefault(label) + 1;
        }

        if (wrong.Count == 0) return;
        var list = string.Join(", ", wrong.Take(ListedValues).Select(pair => $"{pair.Key} ({pair.Value} voxels)"));
        var more = wrong.Count > ListedValues ? $" and {wrong.Count - ListedValues} more" : "";
        add($"the label map holds {list}{more}, but the dataset's labels are 0 to {classes - 1}{(ignore is null ? "" : $" and {ignore} (ignore)")}");
    }
}

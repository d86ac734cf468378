using AdwUNet.Imaging;

namespace AdwUNet.Datasets;

/// <summary>
/// A folder without a description: images in <c>images</c> or <c>imagesTr</c>, label maps of the same names in <c>labels</c> or <c>labelsTr</c>. An image
/// may be several files <c>x_0000</c>, <c>x_0001</c> ..., one for each channel. The classes are the values that the label maps hold.
/// </summary>
internal static class PlainFolder
{
    private static readonly string[] ImageFolders = ["images", "imagesTr"];
    private static readonly string[] LabelFolders = ["labels", "labelsTr"];

    public static Dataset Read(DatasetDescription description)
    {
        var (images, labels) = (FolderOf(description, ImageFolders), FolderOf(description, LabelFolders));
        if (images is null || labels is null)
        {
            throw new DatasetException(
                $"The folder {description.Folder} holds no {Dataset.DescriptionFile}; give the folder of a dataset (decathlon, nnU-Net v1 or v2), or one with the folders images and labels.");
        }

        var labelFiles = Images(labels).ToDictionary(DatasetDescription.NameOf, StringComparer.Ordinal);
        var files = Images(images).GroupBy(path => labelFiles.ContainsKey(DatasetDescription.NameOf(path)) ? DatasetDescription.NameOf(path) : DatasetDescription.IdOf(path), StringComparer.Ordinal)
            .Where(group => labelFiles.ContainsKey(group.Key)).ToList();
        if (files.Count == 0) throw new DatasetException($"No image in {images} has a label map of the same name in {labels}; name them alike, such as images/x.nii.gz and labels/x.nii.gz.");
        var values = new SortedDictionary<int, string>();
        foreach (var value in ValuesOf([.. files.Select(group => labelFiles[group.Key])])) values[value] = value == 0 ? "background" : $"label {value}";
        values.TryAdd(0, "background");
        var found = DatasetLabels.Of(
            values, "the labels of its files", description.Options.RenumberLabels, fault => new DatasetException($"{description.Folder}, a folder without {Dataset.DescriptionFile}, {fault}."));
        List<DatasetCase> cases = [.. files.Select(group => description.Case(group.Key, [.. group.Order(StringComparer.Ordinal)], labelFiles[group.Key], found))];
        string note = $"{description.Folder} has no {Dataset.DescriptionFile}: its classes are the values {string.Join(", ", values.Keys)} that its {files.Count} label maps hold, "
            + $"and each channel is normalised by its own mean and deviation (for CT write a {Dataset.DescriptionFile} that says so)";
        string[] channels = [.. Enumerable.Range(0, Channels(cases[0])).Select(channel => $"channel {channel}")];
        return description.Make(Path.GetFileName(description.Folder), "plain folder", found, channels, cases, [note]);
    }

    private static string? FolderOf(DatasetDescription description, string[] names) =>
        names.Select(name => Path.Combine(description.Folder, name)).FirstOrDefault(Directory.Exists);

    /// <summary>The images of a folder; for a NIfTI pair, the header file.</summary>
    private static IEnumerable<string> Images(string folder) => Directory.GetFiles(folder)
        .Where(path => ImageFormats.EndingOf(path) is { } ending && !ending.StartsWith(".img", StringComparison.Ordinal) && !Path.GetFileName(path).StartsWith('.'));

    private static int Channels(DatasetCase first)
    {
        try
        {
            return first.ReadHeader().Channels;
        }
        catch (ImageException error)
        {
            throw new DatasetException($"The number of channels cannot be determined from the first case: {error.Message}", error);
        }
    }

    private static SortedSet<int> ValuesOf(string[] paths)
    {
        var all = new SortedSet<int>();
        ParallelCases.For(paths.Length, i =>
        {
            HashSet<short> values;
            try
            {
                values = [.. ImageFile.ReadLabels(paths[i]).Data];
            }
            catch (ImageException error)
            {
                throw new DatasetException($"The classes cannot be determined from the label maps: {error.Message}", error);
            }

            lock (all) all.UnionWith(values.Select(value => (int)value));
        });
        return all;
    }
}

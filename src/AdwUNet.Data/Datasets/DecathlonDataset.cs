namespace AdwUNet.Datasets;

/// <summary>
/// A dataset in the form of the Medical Segmentation Decathlon: a folder with a <c>dataset.json</c> that names modalities,
/// labels and pairs of image and label map. Source: medicaldecathlon.com; nnU-Net v1 reads the same form.
/// </summary>
public sealed class DecathlonDataset
{
    /// <summary>The name of the file that describes a dataset.</summary>
    public const string DescriptionFile = "dataset.json";

    internal DecathlonDataset(
        string name,
        string folder,
        IReadOnlyList<string> modalities,
        IReadOnlyList<string> classes,
        IReadOnlyList<DecathlonCase> cases)
    {
        Name = name;
        Folder = folder;
        Modalities = modalities;
        Classes = classes;
        Cases = cases;
    }

    /// <summary>What the dataset calls itself.</summary>
    public string Name { get; }

    /// <summary>The full path of its folder.</summary>
    public string Folder { get; }

    /// <summary>What each channel shows, such as MRI or CT.</summary>
    public IReadOnlyList<string> Modalities { get; }

    /// <summary>The name of each class; the index is the label value, 0 is background.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>Training cases, in the ordinal order of their ids.</summary>
    public IReadOnlyList<DecathlonCase> Cases { get; }

    /// <summary>
    /// Reads a dataset's description. Images are not opened; see <see cref="Check"/>. Labels and modalities have to be
    /// numbered 0, 1, 2 ... without gaps, since a network has one output for each class and one input for each modality.
    /// Entries whose file name begins with <c>._</c> (macOS leaves such files in archives) are passed over.
    /// </summary>
    /// <param name="folder">The folder with <c>dataset.json</c>.</param>
    /// <exception cref="DatasetException">The description is missing or cannot be used; one sentence says why.</exception>
    public static DecathlonDataset Load(string folder) => DecathlonDescription.Read(folder);

    /// <summary>Opens every image and label map, and throws if anything is wrong with any of them.</summary>
    /// <param name="progress">Told how many cases are done, once a case.</param>
    /// <param name="cancellation">Ends the check.</param>
    /// <exception cref="DatasetException">Cases have faults; all are in its message and its list.</exception>
    /// <exception cref="OperationCanceledException">The check was ended.</exception>
    public void Check(IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        var faults = FindFaults(progress, cancellation);
        if (faults.Count > 0) throw new DatasetException(this, faults);
    }

    /// <summary>
    /// Opens every image and label map and lists what is wrong: files missing or damaged, shapes or places in space that differ,
    /// channels that are not the modalities, infinite voxels (NaN becomes 0 in preprocessing), label values that are no class.
    /// </summary>
    /// <param name="progress">Told how many cases are done, once a case.</param>
    /// <param name="cancellation">Ends the check.</param>
    /// <returns>All faults in the order of the cases; none if the dataset can be used.</returns>
    /// <exception cref="OperationCanceledException">The check was ended.</exception>
    public IReadOnlyList<DatasetFault> FindFaults(IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        var faults = new IReadOnlyList<DatasetFault>[Cases.Count];
        var done = 0;
        ParallelCases.For(
            Cases.Count,
            i =>
            {
                faults[i] = DecathlonCheck.FindFaults(Cases[i], Modalities.Count, Classes.Count);
                progress?.Report(Interlocked.Increment(ref done));
            },
            cancellation: cancellation);
        return [.. faults.SelectMany(list => list)];
    }
}

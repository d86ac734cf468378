using AdwUNet.Imaging;

namespace AdwUNet.Datasets;

/// <summary>
/// A dataset with images and label maps, in any of four forms: the Medical Segmentation Decathlon (medicaldecathlon.com), raw data of
/// nnU-Net v1 (<c>TaskNNN_Name</c>) and of nnU-Net v2 (<c>DatasetNNN_Name</c>), and a plain folder of images and labels without a description.
/// </summary>
public sealed class Dataset
{
    /// <summary>The name of the file that describes a dataset.</summary>
    public const string DescriptionFile = "dataset.json";

    internal Dataset(string name, string folder, DatasetLabels labels, IReadOnlyList<string> modalities, IReadOnlyList<DatasetCase> cases)
    {
        Name = name;
        Folder = folder;
        Modalities = modalities;
        Classes = labels.Classes;
        Labels = labels.Scheme;
        Cases = cases;
    }

    /// <summary>What the dataset calls itself, or the name of its folder.</summary>
    public string Name { get; }

    /// <summary>The full path of its folder.</summary>
    public string Folder { get; }

    /// <summary>The form of the dataset: decathlon, nnU-Net v1, nnU-Net v2 or plain folder.</summary>
    public string Form { get; init; } = "decathlon";

    /// <summary>What each channel shows, such as MRI or CT. Some names choose the normalisation; see <see cref="Planning.Planner"/>.</summary>
    public IReadOnlyList<string> Modalities { get; }

    /// <summary>The name of each class; the index is the label value, 0 is background.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>Regions, the ignore label and label values with gaps; null where every class is a label and every label counts.</summary>
    public LabelScheme? Labels { get; }

    /// <summary>The orientation to which every image is turned when it is read; null where each is read as its file has it.</summary>
    public AxisOrientation? Orientation { get; init; }

    /// <summary>Training cases, in the ordinal order of their ids.</summary>
    public IReadOnlyList<DatasetCase> Cases { get; }

    /// <summary>What was assumed because the folder does not say it; empty for a dataset with a description.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>
    /// Reads a dataset's description. Images are not opened (except in a plain folder, whose classes are the values of its label maps); see
    /// <see cref="Check"/>. Files whose name begins with <c>._</c> (macOS leaves such files in archives) are ignored.
    /// </summary>
    /// <param name="folder">The folder with <c>dataset.json</c>, or with the folders <c>images</c> and <c>labels</c>.</param>
    /// <param name="options">How its files are read; as they are when null.</param>
    /// <exception cref="DatasetException">The description is missing or cannot be used; one sentence says why.</exception>
    public static Dataset Load(string folder, DatasetOptions? options = null) => DatasetDescription.Read(folder, options ?? new DatasetOptions());

    /// <summary>Opens every image and label map, and throws if anything is wrong with any of them.</summary>
    /// <param name="progress">Reported with the number of finished cases after each case.</param>
    /// <param name="cancellation">Ends the check.</param>
    /// <exception cref="DatasetException">Cases have faults; all are in its message and its list.</exception>
    /// <exception cref="OperationCanceledException">The check was ended.</exception>
    public void Check(IProgress<int>? progress = null, CancellationToken cancellation = default) => Examine(progress, cancellation).Require();

    /// <summary>The faults of <see cref="Examine"/>.</summary>
    /// <param name="progress">Reported with the number of finished cases after each case.</param>
    /// <param name="cancellation">Ends the check.</param>
    /// <returns>All faults in the order of the cases; none if the dataset can be used.</returns>
    /// <exception cref="OperationCanceledException">The check was ended.</exception>
    public IReadOnlyList<DatasetFault> FindFaults(IProgress<int>? progress = null, CancellationToken cancellation = default) =>
        Examine(progress, cancellation).Faults;

    /// <summary>
    /// Opens every image and label map and lists what is wrong: files missing or damaged, shapes or places in space that differ, channels
    /// that are not the modalities, infinite voxels (NaN becomes 0 in preprocessing), label values that are no class, a label map that
    /// two cases share, an image that is its own label map. It also lists properties that may be unintended: files that the description does
    /// not list, cases in different orientations.
    /// </summary>
    /// <param name="progress">Reported with the number of finished cases after each case.</param>
    /// <param name="cancellation">Ends the check.</param>
    /// <exception cref="OperationCanceledException">The check was ended.</exception>
    public DatasetReport Examine(IProgress<int>? progress = null, CancellationToken cancellation = default) =>
        DatasetCheck.Examine(this, progress, cancellation);
}

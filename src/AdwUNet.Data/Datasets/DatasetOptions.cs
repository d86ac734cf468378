using AdwUNet.Imaging;

namespace AdwUNet.Datasets;

/// <summary>How the files of a dataset are read.</summary>
public sealed record DatasetOptions
{
    /// <summary>
    /// The orientation to which every image and label map is turned when it is read, by exchanging and reversing axes, without
    /// interpolation; null leaves each as its file has it. Choose one where a dataset's files differ: a network sees voxels, not the affine.
    /// </summary>
    public AxisOrientation? Orientation { get; init; }

    /// <summary>
    /// Whether label values with gaps are numbered 0, 1, 2 ... in ascending order when they are read, so that files need not be rewritten;
    /// otherwise such a dataset is refused. The plan keeps the values, and segmentations are written with them.
    /// </summary>
    public bool RenumberLabels { get; init; }
}

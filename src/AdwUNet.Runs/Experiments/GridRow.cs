namespace AdwUNet.Experiments;

/// <summary>One class of one scan of one run: a row of an exported table.</summary>
/// <param name="Variant">The variant.</param>
/// <param name="Fold">The fold, 0..4.</param>
/// <param name="Seed">The seed.</param>
/// <param name="Case">The scan.</param>
/// <param name="Class">The class or region.</param>
/// <param name="Dice">Its Dice; null where it is neither in the reference nor found.</param>
/// <param name="HausdorffDistance95">Its 95 % Hausdorff distance in mm; null where it is not in both.</param>
/// <param name="ReferenceVoxels">Its voxels in the reference.</param>
/// <param name="PredictionVoxels">Its voxels in the segmentation.</param>
/// <param name="Weights">Weights of the run's network.</param>
/// <param name="ForwardFlops">Operations of its forward pass on one patch.</param>
/// <param name="SearchSeconds">Duration of the run's search.</param>
/// <param name="TrainingSeconds">Duration of its training.</param>
/// <param name="SegmentationSeconds">Duration of the segmentation of its fold.</param>
/// <param name="PeakMemory">The most resident memory, in bytes.</param>
/// <param name="Architecture">The network as text.</param>
public sealed record GridRow(
    string Variant,
    int Fold,
    int Seed,
    string Case,
    string Class,
    double? Dice,
    double? HausdorffDistance95,
    long ReferenceVoxels,
    long PredictionVoxels,
    long Weights,
    long ForwardFlops,
    double SearchSeconds,
    double TrainingSeconds,
    double SegmentationSeconds,
    long PeakMemory,
    string Architecture);

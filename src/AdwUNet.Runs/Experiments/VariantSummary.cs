using AdwUNet.Evaluation;

namespace AdwUNet.Experiments;

/// <summary>The results of a variant over its folds and seeds.</summary>
public sealed record VariantSummary
{
    /// <summary>The variant.</summary>
    public required string Variant { get; init; }

    /// <summary>Its finished runs.</summary>
    public required int Runs { get; init; }

    /// <summary>Mean and standard deviation over the seeds of the mean Dice of all scans.</summary>
    public required MetricSummary Dice { get; init; }

    /// <summary>
    /// The 95 % bootstrap interval of the mean Dice over scans, drawn within their fold. The Dice of a scan is the mean over classes and seeds. Null with
    /// fewer than two scans.
    /// </summary>
    public required MeanInterval? DiceInterval { get; init; }

    /// <summary>Mean and standard deviation over the seeds of the mean 95 % Hausdorff distance (mm) of all scans.</summary>
    public required MetricSummary HausdorffDistance95 { get; init; }

    /// <summary>
    /// The difference of Dice to the baseline on the same scans: its mean, and the 95 % bootstrap interval over scans, drawn within their fold. The Dice of a
    /// scan is the mean over classes and seeds. Null for the baseline itself, and where fewer than two scans are common.
    /// </summary>
    public required MeanInterval? DiceDifference { get; init; }

    /// <summary>The same for the 95 % Hausdorff distance, on the scans in which it is defined for both.</summary>
    public required MeanInterval? HausdorffDifference { get; init; }

    /// <summary>Mean number of weights.</summary>
    public required double Weights { get; init; }

    /// <summary>Mean number of operations of a forward pass on one patch.</summary>
    public required double ForwardFlops { get; init; }

    /// <summary>Mean duration of a run.</summary>
    public required double Seconds { get; init; }
}

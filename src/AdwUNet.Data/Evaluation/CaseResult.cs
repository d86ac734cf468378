using AdwUNet.Imaging;

namespace AdwUNet.Evaluation;

/// <summary>How well one case was segmented.</summary>
public sealed record CaseResult
{
    /// <summary>The case's name, such as <c>hippocampus_001</c>.</summary>
    public required string Case { get; init; }

    /// <summary>One result per foreground class, in the order of the labels.</summary>
    public required IReadOnlyList<ClassResult> Classes { get; init; }

    /// <summary>Compares a segmentation with its reference; both in the original geometry.</summary>
    /// <param name="name">The case's name.</param>
    /// <param name="prediction">What was found.</param>
    /// <param name="reference">What is there; its spacing is used for distances.</param>
    /// <param name="classes">Names of the classes, background first.</param>
    /// <param name="labels">
    /// The dataset's regions and ignore label, if it has any: with regions there is one result for each of them instead of each class, and voxels
    /// that the reference labels <i>ignore</i> count in neither map (nnU-Net v2's <c>compute_metrics</c>).
    /// </param>
    /// <exception cref="EvaluationException">The shapes differ, or a label is no class; the message names the case.</exception>
    public static CaseResult Compare(
        string name, LabelMap prediction, LabelMap reference, IReadOnlyList<string> classes, LabelScheme? labels = null)
    {
        try
        {
            if (labels?.IgnoreLabel is { } ignore) (prediction, reference) = WithoutIgnored(prediction, reference, (short)ignore);
            var overlaps = Overlap.Count(prediction, reference, classes.Count);
            ClassResult[] results = labels is { Regions.Count: > 0 }
                ? [.. labels.Regions.Select(region => OfRegion(region, prediction, reference))]
                : [.. Enumerable.Range(1, classes.Count - 1).Select(label => Result(classes[label], overlaps[label], prediction, reference, label))];
            return new() { Case = name, Classes = results };
        }
        catch (EvaluationException fault)
        {
            throw new EvaluationException($"Case {name}: {fault.Message}", fault);
        }
    }

    /// <summary>The overlap of each foreground class, or of each region if the dataset has any, without ignored voxels.</summary>
    /// <exception cref="EvaluationException">The shapes differ, or a label is no class.</exception>
    internal static IReadOnlyList<Overlap> Overlaps(LabelMap prediction, LabelMap reference, int classCount, LabelScheme? labels)
    {
        if (labels?.IgnoreLabel is { } ignore) (prediction, reference) = WithoutIgnored(prediction, reference, (short)ignore);
        var overlaps = Overlap.Count(prediction, reference, classCount);
        return labels is { Regions.Count: > 0 }
            ? [.. labels.Regions.Select(region => Overlap.Count(Mask(region, prediction), Mask(region, reference), 2)[1])]
            : overlaps[1..];
    }

    private static LabelMap Mask(LabelRegion region, LabelMap map) =>
        new(Array.ConvertAll(map.Data, label => region.Labels.Contains(label) ? (short)1 : (short)0), map.Shape, map.Spacing);

    private static ClassResult OfRegion(LabelRegion region, LabelMap prediction, LabelMap reference)
    {
        var (found, wanted) = (Mask(region, prediction), Mask(region, reference));
        return Result(region.Name, Overlap.Count(found, wanted, 2)[1], found, wanted, 1);
    }

    private static ClassResult Result(string name, Overlap overlap, LabelMap prediction, LabelMap reference, int label) => new()
    {
        Class = name,
        Presence = overlap.Presence,
        Dice = overlap.Dice,
        HausdorffDistance95 = Evaluation.HausdorffDistance95.Of(prediction, reference, label),
        ReferenceVoxels = overlap.Reference,
        PredictionVoxels = overlap.Prediction,
    };

    // Belongs to no region, also where one includes the background.
    private const short Nothing = -1;

    private static (LabelMap Prediction, LabelMap Reference) WithoutIgnored(LabelMap prediction, LabelMap reference, short ignore)
    {
        Overlap.CheckShapes(prediction, reference);
        LabelMap Cleared(LabelMap map) =>
            new([.. map.Data.Select((label, i) => reference.Data[i] == ignore ? Nothing : label)], map.Shape, map.Spacing);

        return (Cleared(prediction), Cleared(reference));
    }
}

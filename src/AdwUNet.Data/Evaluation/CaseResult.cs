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
    /// <exception cref="EvaluationException">The shapes differ, or a label is no class; the message names the case.</exception>
    public static CaseResult Compare(string name, LabelMap prediction, LabelMap reference, IReadOnlyList<string> classes)
    {
        Overlap[] overlaps;
        try
        {
            overlaps = Overlap.Count(prediction, reference, classes.Count);
        }
        catch (EvaluationException fault)
        {
            throw new EvaluationException($"Case {name}: {fault.Message}", fault);
        }

        ClassResult Result(int label) => new()
        {
            Class = classes[label],
            Presence = overlaps[label].Presence,
            Dice = overlaps[label].Dice,
            HausdorffDistance95 = Evaluation.HausdorffDistance95.Of(prediction, reference, label),
            ReferenceVoxels = overlaps[label].Reference,
            PredictionVoxels = overlaps[label].Prediction,
        };
        return new() { Case = name, Classes = [.. Enumerable.Range(1, classes.Count - 1).Select(Result)] };
    }
}

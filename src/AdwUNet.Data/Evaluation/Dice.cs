using AdwUNet.Imaging;

namespace AdwUNet.Evaluation;

/// <summary>The Dice coefficient 2|P ∩ R| / (|P| + |R|): 1 where prediction and reference agree, 0 where they share no voxel.</summary>
public static class Dice
{
    /// <summary>Dice of every foreground class.</summary>
    /// <param name="prediction">The predicted labels.</param>
    /// <param name="reference">The reference labels; −1 counts as background.</param>
    /// <param name="classCount">Number of classes, background included.</param>
    /// <returns>
    /// Classes 1 to <paramref name="classCount"/> − 1. Null where the class is in neither map; 0 where it is in only one, because
    /// a missed structure must not vanish from a mean (nnU-Net v1 does the same).
    /// </returns>
    /// <exception cref="EvaluationException">The shapes differ, or a label is no class.</exception>
    public static IReadOnlyList<double?> PerClass(LabelMap prediction, LabelMap reference, int classCount) =>
        [.. Overlap.Count(prediction, reference, classCount).Skip(1).Select(overlap => overlap.Dice)];
}

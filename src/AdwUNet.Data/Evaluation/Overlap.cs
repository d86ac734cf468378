using AdwUNet.Imaging;

namespace AdwUNet.Evaluation;

/// <summary>How many voxels of one class the prediction, the reference and both have.</summary>
internal readonly record struct Overlap(long Prediction, long Reference, long Common)
{
    public ClassPresence Presence => (Prediction > 0, Reference > 0) switch
    {
        (true, true) => ClassPresence.Both,
        (false, false) => ClassPresence.Neither,
        (false, true) => ClassPresence.Missed,
        (true, false) => ClassPresence.FalselyFound,
    };

    public double? Dice => Presence == ClassPresence.Neither ? null : 2.0 * Common / (Prediction + Reference);

    /// <summary>The counts of every class, background first, in one pass; −1 counts as background.</summary>
    /// <exception cref="EvaluationException">The shapes differ, or a label is no class.</exception>
    public static Overlap[] Count(LabelMap prediction, LabelMap reference, int classCount)
    {
        CheckShapes(prediction, reference);
        var (predicted, expected, common) = (new long[classCount], new long[classCount], new long[classCount]);
        for (var voxel = 0; voxel < reference.Data.Length; voxel++)
        {
            var found = Class(prediction.Data[voxel], classCount, "prediction");
            var wanted = Class(reference.Data[voxel], classCount, "reference");
            predicted[found]++;
            expected[wanted]++;
            if (found == wanted)
                common[found]++;
        }

        return [.. Enumerable.Range(0, classCount).Select(label => new Overlap(predicted[label], expected[label], common[label]))];
    }

    public static void CheckShapes(LabelMap prediction, LabelMap reference)
    {
        if (prediction.Shape != reference.Shape)
        {
            throw new EvaluationException(
                $"The prediction is {prediction.Shape}, the reference {reference.Shape}; compare them in the original geometry.");
        }
    }

    private static int Class(short label, int classCount, string where) => label < classCount
        ? Math.Max(label, (short)0)
        : throw new EvaluationException($"The {where} has label {label}, but the classes are 0..{classCount - 1}; check the class list.");
}

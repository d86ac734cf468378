using AdwUNet.Imaging;

namespace AdwUNet.Evaluation;

/// <summary>
/// The 95 % Hausdorff distance in mm (MedPy's <c>hd95</c>): from each surface voxel of either map to the nearest surface voxel of
/// the other, both directions together, the 95th percentile.
/// </summary>
public static class HausdorffDistance95
{
    private const double Percentile = 0.95;

    /// <summary>The distance for one class.</summary>
    /// <param name="prediction">The predicted labels.</param>
    /// <param name="reference">The reference labels; its spacing is used.</param>
    /// <param name="label">The class.</param>
    /// <returns>Millimetres; null where either map lacks the class, because there is then no surface to measure to.</returns>
    /// <exception cref="EvaluationException">The shapes differ.</exception>
    public static double? Of(LabelMap prediction, LabelMap reference, int label)
    {
        Overlap.CheckShapes(prediction, reference);
        if (LabelBox.Around(prediction, reference, label) is not { } box)
            return null;

        var (found, wanted) = (Surface.Of(prediction, label, box), Surface.Of(reference, label, box));
        if (!found.Contains(true) || !wanted.Contains(true))
            return null;

        List<double> distances =
        [
            .. Directed(found, wanted, box.Size, reference.Spacing),
            .. Directed(wanted, found, box.Size, reference.Spacing),
        ];
        distances.Sort();
        return LinearPercentile(distances);
    }

    /// <summary>From every voxel of one surface to the other.</summary>
    private static IEnumerable<double> Directed(bool[] from, bool[] to, Shape3 shape, Spacing3 spacing)
    {
        var squared = DistanceTransform.Squared(to, shape, spacing);
        return Enumerable.Range(0, from.Length).Where(voxel => from[voxel]).Select(voxel => Math.Sqrt(squared[voxel]));
    }

    /// <summary>NumPy's default: linear between the two nearest ranks.</summary>
    private static double LinearPercentile(List<double> sorted)
    {
        var rank = Percentile * (sorted.Count - 1);
        var (low, high) = ((int)Math.Floor(rank), (int)Math.Ceiling(rank));
        return sorted[low] + ((sorted[high] - sorted[low]) * (rank - low));
    }
}

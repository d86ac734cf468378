using AdwUNet.Imaging;

namespace AdwUNet.Preprocessing;

/// <summary>
/// How a preprocessed case lies in its original image: what is needed to put a segmentation back. "File" axes are the file's
/// (z, y, x), "plan" axes those after the plan's axis order.
/// </summary>
public sealed record CaseGeometry
{
    /// <summary>Voxels of the original image, file axes.</summary>
    public required Shape3 OriginalShape { get; init; }

    /// <summary>Spacing of the original image, file axes.</summary>
    public required Spacing3 OriginalSpacing { get; init; }

    /// <summary>The non-zero box in the original image, file axes.</summary>
    public required BoundingBox Box { get; init; }

    /// <summary>The plan's <see cref="Planning.Plan.AxisOrder"/>.</summary>
    public required IReadOnlyList<int> AxisOrder { get; init; }

    /// <summary>Voxels of the box, plan axes.</summary>
    public required Shape3 CroppedShape { get; init; }

    /// <summary>Spacing of the original image, plan axes.</summary>
    public required Spacing3 CroppedSpacing { get; init; }

    /// <summary>Voxels after resampling, plan axes.</summary>
    public required Shape3 ResampledShape { get; init; }

    /// <summary>Spacing after resampling, plan axes.</summary>
    public required Spacing3 ResampledSpacing { get; init; }

    /// <summary>
    /// Turns class probabilities of the preprocessed case into labels of the original image: linear resampling to the cropped shape,
    /// arg-max, background around the box, axes as in the file (nnU-Net v1's <c>save_segmentation_nifti_from_softmax</c>).
    /// </summary>
    /// <param name="probabilities">Probabilities (or logits) in the order (class, z, y, x), plan axes, resampled shape.</param>
    /// <param name="classes">Number of classes.</param>
    /// <exception cref="ArgumentException">The length is not classes × resampled shape.</exception>
    public LabelMap Restore(ReadOnlyMemory<float> probabilities, int classes)
    {
        var winner = new short[checked((int)CroppedShape.Count)];
        float[]? best = null;
        foreach (var (label, values) in Resized(probabilities, classes).Index())
        {
            if (best == null)
            {
                best = [.. values];
                continue;
            }

            for (var i = 0; i < winner.Length; i++)
            {
                if (values[i] > best[i])
                {
                    best[i] = values[i];
                    winner[i] = (short)label;
                }
            }
        }

        return Restore(winner);
    }

    /// <summary>
    /// Turns the probabilities of regions into labels of the original image: linear resampling to the cropped shape; where a region has more
    /// than one half, its voxels get its label, later regions over earlier ones (nnU-Net v2's <c>convert_probabilities_to_segmentation</c>).
    /// </summary>
    /// <param name="probabilities">Probabilities in the order (region, z, y, x), plan axes, resampled shape.</param>
    /// <param name="labels">The regions in the order of the probabilities, and the label of each.</param>
    /// <exception cref="ArgumentException">The length is not regions × resampled shape.</exception>
    public LabelMap Restore(ReadOnlyMemory<float> probabilities, LabelScheme labels)
    {
        const float threshold = 0.5f;
        var cropped = new short[checked((int)CroppedShape.Count)];
        foreach (var (label, values) in labels.RegionsClassOrder.Zip(Resized(probabilities, labels.Regions.Count)))
        {
            for (var i = 0; i < cropped.Length; i++)
            {
                if (values[i] > threshold) cropped[i] = (short)label;
            }
        }

        return Restore(cropped);
    }

    /// <summary>
    /// The probabilities at the cropped shape, one output after the other in the same memory: those of all outputs can be many times the image.
    /// </summary>
    private IEnumerable<float[]> Resized(ReadOnlyMemory<float> probabilities, int outputs)
    {
        var voxels = checked((int)ResampledShape.Count);
        if (outputs < 1 || probabilities.Length != (long)outputs * voxels)
        {
            throw new ArgumentException(
                $"{probabilities.Length} probabilities are not {outputs} outputs of {ResampledShape}.", nameof(probabilities));
        }

        var separateAxis = Resampling.SeparateAxis(CroppedSpacing, ResampledSpacing);
        var values = new float[checked((int)CroppedShape.Count)];
        return Enumerable.Range(0, outputs).Select(output =>
        {
            Resampling.Resize(probabilities.Slice(output * voxels, voxels), ResampledShape, CroppedShape, separateAxis, Interpolation.Linear, values);
            return values;
        });
    }

    /// <summary>Puts labels of the cropped shape (plan axes) into the original image.</summary>
    private LabelMap Restore(short[] cropped)
    {
        var box = AxisPermutation.Apply<short>(cropped, CroppedShape, AxisPermutation.Inverse(AxisOrder));
        var result = new short[checked((int)OriginalShape.Count)];
        Box.Insert<short>(box, result, OriginalShape);
        return new LabelMap(result, OriginalShape, OriginalSpacing);
    }
}

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
        var voxels = checked((int)ResampledShape.Count);
        if (classes < 1 || probabilities.Length != (long)classes * voxels)
        {
            throw new ArgumentException(
                $"{probabilities.Length} probabilities are not {classes} classes of {ResampledShape}.", nameof(probabilities));
        }

        var separateAxis = Resampling.SeparateAxis(CroppedSpacing, ResampledSpacing);
        var winner = new short[checked((int)CroppedShape.Count)];
        float[]? best = null;
        for (var c = 0; c < classes; c++)
        {
            // One class at a time: the resampled probabilities of all of them can be many times the image.
            var values = Resampling.Resize(
                probabilities.Slice(c * voxels, voxels), ResampledShape, CroppedShape, separateAxis, Interpolation.Linear);
            if (best == null)
            {
                best = values;
                continue;
            }

            for (var i = 0; i < winner.Length; i++)
            {
                if (values[i] > best[i])
                {
                    best[i] = values[i];
                    winner[i] = (short)c;
                }
            }
        }

        return Restore(winner);
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

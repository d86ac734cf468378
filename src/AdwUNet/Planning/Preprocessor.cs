using AdwUNet.Imaging;

namespace AdwUNet.Planning;

/// <summary>Turns raw cases into what the network sees: crop, order of axes, resample, normalise (nnU-Net v1).</summary>
public static partial class Preprocessor
{
    /// <summary>Preprocesses one case in memory.</summary>
    /// <param name="image">The raw image. Voxels that are not a number become 0.</param>
    /// <param name="labels">Its labels, or null for a case to be predicted.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="caseId">The case's name, for errors.</param>
    /// <exception cref="PreprocessingException">
    /// The number of channels is not the plan's, the image is zero everywhere or has infinite voxels, its spacing is not positive, or
    /// the labels have another shape or classes that the plan does not know.
    /// </exception>
    public static PreprocessedVolume Process(Volume image, LabelMap? labels, Plan plan, string caseId = "unnamed")
    {
        Check(image, labels, plan, caseId);
        var cropped = CropOrExplain(image, labels, caseId);
        var (data, shape) = (cropped.Image, cropped.Image.Shape);
        ReplaceMissing(data.Data);
        var order = plan.AxisOrder;
        var croppedShape = AxisPermutation.Apply(shape, order);
        var spacing = AxisPermutation.Apply(image.Spacing, order);
        var geometry = new CaseGeometry
        {
            OriginalShape = image.Shape,
            OriginalSpacing = image.Spacing,
            Box = cropped.Box,
            AxisOrder = order,
            CroppedShape = croppedShape,
            CroppedSpacing = spacing,
            ResampledShape = Resampling.ShapeAt(croppedShape, spacing, plan.Spacing),
            ResampledSpacing = plan.Spacing,
        };

        var separateAxis = Resampling.SeparateAxis(spacing, plan.Spacing);
        var target = geometry.ResampledShape;
        var classes = Resampling.ResizeLabels(Ordered<short>(cropped.Labels.Data, shape, order), croppedShape, target, separateAxis);
        var voxels = checked((int)target.Count);
        var values = new float[checked(data.Channels * voxels)];
        for (var c = 0; c < data.Channels; c++)
        {
            var channel = data.Data.AsMemory(checked((int)(c * shape.Count)), (int)shape.Count);
            var resized = Resampling.Resize(Ordered<float>(channel, shape, order), croppedShape, target, separateAxis);
            Normalizer.Apply(resized, classes, plan.Normalization[c]);
            resized.CopyTo(values.AsSpan(c * voxels, voxels));
        }

        return new PreprocessedVolume(
            new Volume(values, data.Channels, target, plan.Spacing),
            new LabelMap(classes, target, plan.Spacing),
            geometry);
    }

    private static ReadOnlyMemory<T> Ordered<T>(ReadOnlyMemory<T> data, Shape3 shape, IReadOnlyList<int> order)
        where T : unmanaged => AxisPermutation.IsIdentity(order) ? data : AxisPermutation.Apply(data.Span, shape, order);

    internal static CroppedCase CropOrExplain(Volume image, LabelMap? labels, string caseId)
    {
        try
        {
            return Cropping.Crop(image, labels);
        }
        catch (PreprocessingException error)
        {
            throw new PreprocessingException($"Case {caseId}: {error.Message}", error);
        }
    }

    private static void Check(Volume image, LabelMap? labels, Plan plan, string caseId)
    {
        if (image.Channels != plan.Modalities.Count)
        {
            throw new PreprocessingException(
                $"Case {caseId}: the image has {image.Channels} channels where the plan has {plan.Modalities.Count} ({string.Join(", ", plan.Modalities)}); use a plan of the same modalities.");
        }

        if (!(image.Spacing.Min > 0) || !double.IsFinite(image.Spacing.Max))
        {
            throw new PreprocessingException($"Case {caseId}: the spacing {image.Spacing} is not positive on every axis; correct the file's header.");
        }

        var infinite = Array.FindIndex(image.Data, float.IsInfinity);
        if (infinite >= 0)
        {
            throw new PreprocessingException($"Case {caseId}: voxel {infinite} of the image is infinite; replace such voxels by finite ones.");
        }

        if (labels != null)
        {
            var unknown = Array.FindIndex(labels.Data, label => label >= plan.Classes.Count);
            if (unknown >= 0)
            {
                throw new PreprocessingException(
                    $"Case {caseId}: the label {labels.Data[unknown]} is none of the plan's {plan.Classes.Count} classes; correct the label file or dataset.json.");
            }
        }
    }

    private static void ReplaceMissing(float[] values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (float.IsNaN(values[i]))
            {
                values[i] = 0;
            }
        }
    }
}

using System.Runtime.InteropServices;
using AdwUNet.Imaging;
using AdwUNet.Planning;

namespace AdwUNet.Preprocessing;

/// <summary>Turns raw cases into what the network sees: crop, order of axes, resample, normalise (nnU-Net v1).</summary>
public static partial class Preprocessor
{
    /// <summary>Preprocesses one case in memory.</summary>
    /// <param name="image">The raw image. Voxels that are not a number become 0.</param>
    /// <param name="labels">Its labels, or null for a case to be predicted.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="caseId">The case's name, for errors.</param>
    /// <exception cref="PreprocessingException">
    /// The number of channels is not the plan's, the image is zero everywhere or has infinite voxels, its spacing is not positive or asks
    /// for more voxels than an array can hold, or the labels have another shape or classes that the plan does not know.
    /// </exception>
    public static PreprocessedVolume Process(Volume image, LabelMap? labels, Plan plan, string caseId = "unnamed")
    {
        Check(image, labels, plan, caseId);
        var (marked, box) = Cropping.LocateOrExplain(image, labels, caseId);
        var data = WithoutMissing(image);
        var order = plan.AxisOrder;
        var croppedShape = AxisPermutation.Apply(box.Size, order);
        var spacing = AxisPermutation.Apply(image.Spacing, order);
        var geometry = new CaseGeometry
        {
            OriginalShape = image.Shape,
            OriginalSpacing = image.Spacing,
            Box = box,
            AxisOrder = order,
            CroppedShape = croppedShape,
            CroppedSpacing = spacing,
            ResampledShape = ResampledShape(croppedShape, spacing, plan, caseId),
            ResampledSpacing = plan.Spacing,
        };

        var separateAxis = Resampling.SeparateAxis(spacing, plan.Spacing);
        var target = geometry.ResampledShape;
        var classes = Resampling.ResizeLabels(
            Ordered(new VolumeView<short>(marked.Data, box.Size), order), target, separateAxis, (short?)plan.Labels?.IgnoreLabel);
        var channelLength = checked((int)image.Shape.Count);
        var voxels = checked((int)target.Count);
        var values = new float[checked(data.Channels * voxels)];
        for (var c = 0; c < data.Channels; c++)
        {
            var channel = new VolumeView<float>(data.Data.AsMemory(c * channelLength, channelLength), image.Shape, box);
            var resized = values.AsMemory(c * voxels, voxels);
            Resampling.Resize(Ordered(channel, order), target, separateAxis, Interpolation.Cubic, resized);
            Normalizer.Apply(resized, classes, plan.Normalization[c]);
        }

        return new PreprocessedVolume(
            new Volume(values, data.Channels, target, plan.Spacing),
            new LabelMap(classes, target, plan.Spacing),
            geometry);
    }

    private static Shape3 ResampledShape(Shape3 shape, Spacing3 spacing, Plan plan, string caseId)
    {
        var numbers = Enumerable.Range(0, 3).Aggregate(
            (double)plan.Modalities.Count, (product, axis) => product * Math.Max(1, spacing[axis] / plan.Spacing[axis] * shape[axis]));
        return numbers < Array.MaxLength
            ? Resampling.ShapeAt(shape, spacing, plan.Spacing)
            : throw new PreprocessingException(
                $"Case {caseId}: resampled from {spacing} to the plan's {plan.Spacing}, its {shape} voxels would become {numbers:0.#e+0} "
                    + $"numbers, more than an array can hold; correct the spacing in the file's header or make a plan with a coarser one.");
    }

    private static VolumeView<T> Ordered<T>(VolumeView<T> data, IReadOnlyList<int> order)
        where T : unmanaged => AxisPermutation.IsIdentity(order)
        ? data
        : new(AxisPermutation.Apply(data, order), AxisPermutation.Apply(data.Shape, order));

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

        var infinite = IsFinite(image) ? -1 : Array.FindIndex(image.Data, float.IsInfinity);
        if (infinite >= 0)
        {
            throw new PreprocessingException($"Case {caseId}: voxel {infinite} of the image is infinite; replace such voxels by finite ones.");
        }

        if (labels != null)
        {
            var known = plan.Classes.Count + (plan.Labels?.IgnoreLabel is null ? 0 : 1);
            var unknown = labels.Data.AsSpan().IndexOfAnyInRange((short)known, short.MaxValue);
            if (unknown >= 0)
            {
                throw new PreprocessingException(
                    $"Case {caseId}: the label {labels.Data[unknown]} is none of the plan's {plan.Classes.Count} classes; correct the label file or dataset.json.");
            }
        }
    }

    private static Volume WithoutMissing(Volume image) => IsFinite(image)
        ? image
        : new Volume(Array.ConvertAll(image.Data, value => float.IsNaN(value) ? 0 : value), image.Channels, image.Shape, image.Spacing);

    /// <summary>Whether all values are finite: the exponent bits of infinities and NaN are all 1.</summary>
    private static bool IsFinite(Volume image)
    {
        const int infinity = 0x7F800000, negativeInfinity = unchecked((int)0xFF800000);
        var bits = MemoryMarshal.Cast<float, int>(image.Data.AsSpan());
        return !bits.ContainsAnyInRange(infinity, int.MaxValue) && !bits.ContainsAnyInRange(negativeInfinity, -1);
    }
}

using System.Text.Json;
using AdwUNet.Imaging;

namespace AdwUNet.Planning;

/// <content>Reading, writing and checking a plan.</content>
public sealed partial record Plan
{
    /// <summary>Writes the plan as JSON, atomically.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="PlanException">Its values contradict each other.</exception>
    public void Save(string path)
    {
        Validate();
        JsonFile.Save(path, this);
    }

    /// <summary>The content of the file that <see cref="Save"/> writes.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, JsonFile.Options);

    /// <summary>Reads and checks what <see cref="Save"/> wrote.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="PlanException">The file is missing or damaged, or its values contradict each other; says where.</exception>
    public static Plan Load(string path)
    {
        var plan = JsonFile.Load<Plan>(path, (message, error) => new PlanException(message, error));
        try
        {
            plan.Validate();
        }
        catch (PlanException error)
        {
            throw new PlanException($"{path}: {error.Message}", error);
        }

        return plan;
    }

    /// <summary>Checks that the values fit together, which a changed copy (<c>plan with { ... }</c>) need not.</summary>
    /// <exception cref="PlanException">They do not; names the field.</exception>
    public void Validate()
    {
        Require(Modalities.Count > 0, "modalities is empty; name at least one channel.");
        Require(Classes.Count <= short.MaxValue, $"classes has {Classes.Count} entries; labels are numbers of 16 bits.");
        Require(Classes.Count > 1, $"classes has {Classes.Count} entries; name the background and at least one class.");
        Require(Labels?.Fault(Classes.Count) is null, $"labels contradict themselves: {Labels?.Fault(Classes.Count)}.");
        Require(Orientation is null || AxisOrientation.IsValid(Orientation), $"orientation '{Orientation}' is not valid; write three letters such as RAS.");
        Require(AxisOrder.Order().SequenceEqual([0, 1, 2]), $"axisOrder [{string.Join(", ", AxisOrder)}] is not a permutation of 0, 1 and 2.");
        Require(Spacing.Min > 0 && double.IsFinite(Spacing.Max), $"spacing {Spacing} is not positive.");
        Require(IsPositive(MedianShape), $"medianShape {MedianShape} is not positive.");
        Require(IsPositive(PatchSize), $"patchSize {PatchSize} is not positive.");
        Require(BatchSize > 0, $"batchSize {BatchSize} is not positive.");
        Require(PoolKernels.Count > 0, "poolKernels is empty; a U-Net needs at least one pooling.");
        Require(
            PoolKernels.All(kernel => IsPositive(kernel) && kernel.ToArray().Any(edge => edge > 1)),
            "poolKernels has an entry that is not positive, or pools nothing.");
        Require(
            ConvKernels.Count == PoolKernels.Count + 1,
            $"convKernels has {ConvKernels.Count} entries; with {PoolKernels.Count} poolKernels there must be {PoolKernels.Count + 1}.");
        Require(
            ConvKernels.All(kernel => kernel.ToArray().All(edge => edge is 1 or 3)),
            "convKernels has an edge that is neither 1 nor 3.");
        Require(
            Normalization.Count == Modalities.Count,
            $"normalization has {Normalization.Count} entries for {Modalities.Count} modalities.");
        Require(
            Normalization.All(n => n.Scheme != NormalizationScheme.CT || n.Intensities != null),
            "normalization has a CT channel without intensities.");
        Require(
            Normalization.All(n => n.Intensities is not { } i || (i.StandardDeviation >= 0 && i.Percentile005 <= i.Percentile995 && i.IsFinite)),
            "normalization has intensities that are not finite, with a negative standardDeviation, or with a percentile005 above percentile995.");
        Require(
            (Int128)PatchSize.Z * PatchSize.Y * PatchSize.X * BatchSize * Modalities.Count <= Array.MaxLength,
            $"patchSize {PatchSize} with a batchSize of {BatchSize} is more numbers than an array can hold.");
        for (var axis = 0; axis < 3; axis++)
        {
            var divisor = Divisor(axis);
            Require(
                PatchSize[axis] % divisor == 0,
                $"patchSize {PatchSize} cannot be divided by {divisor}, the product of the poolKernels, on axis {axis} (z, y, x).");
        }
    }

    /// <summary>The product of the pool kernels along an axis, of which a patch's edge is a multiple.</summary>
    /// <param name="axis">0 = z, 1 = y, 2 = x.</param>
    internal long Divisor(int axis) => PoolKernels.Aggregate(1L, (product, pool) => Math.Min(product * pool[axis], uint.MaxValue));

    /// <summary>Whether cases preprocessed with the other plan are also right for this one.</summary>
    internal bool HasSamePreprocessing(Plan other) =>
        Dataset == other.Dataset
        && Modalities.SequenceEqual(other.Modalities)
        && Classes.SequenceEqual(other.Classes)
        && LabelScheme.AreSame(Labels, other.Labels)
        && Orientation == other.Orientation
        && AxisOrder.SequenceEqual(other.AxisOrder)
        && Spacing == other.Spacing
        && Normalization.SequenceEqual(other.Normalization);

    private static bool IsPositive(Shape3 shape) => shape.Z > 0 && shape.Y > 0 && shape.X > 0;

    private static void Require(bool condition, string fault)
    {
        if (!condition)
        {
            throw new PlanException($"The plan's {fault}");
        }
    }
}

using AdwUNet.Augmentation;
using AdwUNet.Imaging;
using AdwUNet.Planning;

namespace AdwUNet.Sampling;

/// <summary>How patches are drawn; the defaults are nnU-Net v1's, without augmentation.</summary>
public sealed record SamplingOptions
{
    /// <summary>
    /// The share of a batch, rounded, whose patches must be centred on foreground: the last samples of the batch are
    /// (nnU-Net v1's <c>oversample_foreground_percent</c>).
    /// </summary>
    public double ForegroundFraction { get; init; } = 0.33;

    /// <summary>What changes the patches at random; null for none, as in validation.</summary>
    public AugmentationOptions? Augmentation { get; init; }

    /// <summary>Patches per batch instead of the plan's.</summary>
    public int? BatchSize { get; init; }

    /// <summary>Size of a patch instead of the plan's; divisible by the plan's cumulative pool kernels.</summary>
    public Shape3? PatchSize { get; init; }

    /// <summary>
    /// Edges of a patch as a share of the plan's, in (0, 1], rounded to what its poolings divide; <see cref="PatchSize"/> goes before it. For short runs on
    /// any dataset.
    /// </summary>
    public double PatchShare { get; init; } = 1;

    /// <summary>A plan with these sizes in the place of its own.</summary>
    internal Plan SizesOf(Plan plan) => plan with { PatchSize = PatchSize ?? Share(plan), BatchSize = BatchSize ?? plan.BatchSize };

    /// <summary>Checks the values.</summary>
    /// <param name="plan">The plan whose sizes hold where these say nothing.</param>
    /// <exception cref="SamplingException">A size is below 1 or cannot be pooled, a batch is larger than an array, or a share, probability or range is beyond use.</exception>
    public void Validate(Plan plan)
    {
        var (patch, batch) = (SizesOf(plan).PatchSize, SizesOf(plan).BatchSize);
        Require(batch >= 1, nameof(BatchSize), $"is {batch}; give at least 1");
        Require(PatchShare is > 0 and <= 1, nameof(PatchShare), $"is {PatchShare}; give a share above 0, at most 1");
        Require(ForegroundFraction is >= 0 and <= 1, nameof(ForegroundFraction), $"is {ForegroundFraction}; give a share from 0 to 1");
        for (var axis = 0; axis < 3; axis++)
        {
            var divisor = plan.Divisor(axis);
            Require(
                patch[axis] >= 1 && patch[axis] % divisor == 0,
                nameof(PatchSize),
                $"is {patch}; on axis {axis} (z, y, x) it must be a multiple of {divisor}, the product of the plan's pool kernels");
        }

        Require(
            (Int128)patch.Z * patch.Y * patch.X * batch * plan.Modalities.Count <= Array.MaxLength,
            PatchSize is null ? nameof(BatchSize) : nameof(PatchSize),
            $"asks for {batch} patches of {patch} in {plan.Modalities.Count} channels, more numbers than an array can hold; give smaller ones");
        if (Augmentation is not null)
        {
            SamplingCheck.Require(Augmentation);
        }
    }

    private Shape3 Share(Plan plan)
    {
        return new(Edge(0), Edge(1), Edge(2));

        int Edge(int axis)
        {
            var divisor = (int)plan.Divisor(axis);
            return divisor * Math.Max(1, (int)Math.Round(PatchShare * plan.PatchSize[axis] / divisor));
        }
    }

    private static void Require(bool condition, string option, string fault)
    {
        if (!condition)
        {
            throw new SamplingException($"The option {option} of the sampling {fault}.");
        }
    }
}

using AdwUNet.Imaging;

namespace AdwUNet.Planning;

/// <summary>
/// Derives a <see cref="Plan"/> from a <see cref="Fingerprint"/> by the rules of nnU-Net v1's <c>ExperimentPlanner3D_v21</c>, configuration
/// "3d_fullres".
/// </summary>
public static class Planner
{
    /// <summary>Plans a dataset.</summary>
    /// <param name="fingerprint">Its fingerprint.</param>
    /// <param name="options">Settings; nnU-Net v1's if left out.</param>
    /// <exception cref="PlanException">The fingerprint has no cases or no channels, spacings that no plan fits, or cases that are too small.</exception>
    public static Plan Plan(Fingerprint fingerprint, PlannerOptions? options = null)
    {
        options ??= new PlannerOptions();
        if (fingerprint.Cases.Count == 0 || fingerprint.Modalities.Count == 0)
        {
            throw new PlanException(
                $"The fingerprint of {fingerprint.Dataset} has {fingerprint.Cases.Count} cases and {fingerprint.Modalities.Count} channels; it needs at least one of each.");
        }

        var target = TargetSpacing([.. fingerprint.Cases.Select(c => c.Spacing)], [.. fingerprint.Cases.Select(c => c.Shape)], options);
        var coarsest = Array.IndexOf(target.ToArray(), target.Max);
        int[] order = [coarsest, .. Enumerable.Range(0, 3).Where(axis => axis != coarsest)];
        var spacing = AxisPermutation.Apply(target, order);
        double[] median = [.. order.Select(axis =>
            OrderStatistics.Median(fingerprint.Cases.Select(c => c.Spacing[axis] / target[axis] * c.Shape[axis])))];
        if (median.Any(size => size > int.MaxValue))
        {
            throw new PlanException(
                $"The median case of {fingerprint.Dataset} would have {string.Join('×', median.Select(size => $"{size:0.#e+0}"))} "
                    + $"voxels at the spacing {spacing}; correct the spacing in the headers of its files.");
        }

        var outputs = fingerprint.Labels is { Regions.Count: > 0 } byRegion ? byRegion.Regions.Count : fingerprint.Classes.Count;
        var context = new StageContext(median, fingerprint.Cases.Count, fingerprint.Modalities.Count, outputs, options);
        var stage = Stage.Make(context, spacing, spacing, options.PatchSize);
        if (stage.Network.PoolKernels.Count == 0)
        {
            throw new PlanException(
                $"The cases of {fingerprint.Dataset} are too small for a U-Net: the median case has {stage.MedianShape} voxels (z, y, x), "
                    + $"and no axis has the {2 * options.MinFeatureMapEdge} voxels that one pooling needs; use larger images or a finer spacing.");
        }

        return new Plan
        {
            Dataset = fingerprint.Dataset,
            Modalities = fingerprint.Modalities,
            Classes = fingerprint.Classes,
            Labels = fingerprint.Labels,
            Orientation = fingerprint.Orientation,
            AxisOrder = order,
            Spacing = spacing,
            MedianShape = stage.MedianShape,
            PatchSize = stage.Network.PatchSize,
            BatchSize = options.BatchSize ?? stage.BatchSize,
            PoolKernels = stage.Network.PoolKernels,
            ConvKernels = stage.Network.ConvKernels,
            Normalization = Normalization(fingerprint, options),
            BatchDice = HasLowResolutionStage(context, stage, spacing),
            InPlaneAugmentation = IsInPlane(stage.Network.PatchSize, options.AnisotropyThreshold),
        };
    }

    /// <summary>The spacing to resample to (nnU-Net v1, planner v21); axes as in the files.</summary>
    /// <param name="spacings">The cases' spacings.</param>
    /// <param name="shapes">Their shapes after cropping.</param>
    /// <param name="options">Settings; nnU-Net v1's if left out.</param>
    public static Spacing3 TargetSpacing(
        IReadOnlyList<Spacing3> spacings, IReadOnlyList<Shape3> shapes, PlannerOptions? options = null)
    {
        options ??= new PlannerOptions();
        var target = new double[3];
        var size = new double[3];
        for (var axis = 0; axis < 3; axis++)
        {
            target[axis] = OrderStatistics.Percentile(spacings.Select(s => s[axis]), options.SpacingPercentile);
            size[axis] = OrderStatistics.Percentile(shapes.Select(s => (double)s[axis]), options.SpacingPercentile);
        }

        var coarsest = Array.IndexOf(target, target.Max());
        int[] others = [.. Enumerable.Range(0, 3).Where(axis => axis != coarsest)];
        var nextCoarsest = others.Max(axis => target[axis]);
        var smallest = others.Min(axis => size[axis]);
        if (target[coarsest] > options.AnisotropyThreshold * nextCoarsest
            && size[coarsest] * options.AnisotropyThreshold < smallest)
        {
            var finer = OrderStatistics.Percentile(spacings.Select(s => s[coarsest]), options.CoarseSpacingPercentile);

            // nnU-Net v1 keeps this axis the coarsest, by a hair.
            const double Hair = 1e-5;
            target[coarsest] = finer < nextCoarsest ? nextCoarsest + Hair : finer;
        }

        return Spacing3.From(target);
    }

    /// <summary>
    /// Whether nnU-Net v1 would plan a low-resolution stage as well: it coarsens the spacing until the median case holds so few
    /// patches as the threshold says, and keeps the stage if the case has then less than half its voxels.
    /// </summary>
    private static bool HasLowResolutionStage(StageContext context, Stage full, Spacing3 spacing)
    {
        var options = context.Options;
        var allVoxels = context.MedianShape[0] * context.MedianShape[1] * context.MedianShape[2];
        var patchVoxels = full.Network.PatchSize.Count;
        if (allVoxels / patchVoxels < options.LowResolutionThreshold)
        {
            return false;
        }

        var low = spacing.ToArray();
        var voxels = allVoxels;
        Stage? stage = null;
        while (voxels > options.LowResolutionThreshold * patchVoxels)
        {
            // Finer axes first, until all are within a factor of two of the coarsest.
            const double Similar = 2;
            var coarsest = low.Max();
            var anyFiner = low.Any(edge => coarsest / edge > Similar);
            for (var axis = 0; axis < 3; axis++)
            {
                if (!anyFiner || coarsest / low[axis] > Similar)
                {
                    low[axis] *= options.LowResolutionStep;
                }
            }

            voxels = Enumerable.Range(0, 3).Aggregate(1.0, (product, axis) => product * (spacing[axis] / low[axis] * context.MedianShape[axis]));
            stage = Stage.Make(context, Spacing3.From(low), spacing, patch: null);
            patchVoxels = stage.Network.PatchSize.Count;
        }

        return stage != null && 2 * stage.MedianShape.Count < full.MedianShape.Count;
    }

    private static ChannelNormalization[] Normalization(Fingerprint fingerprint, PlannerOptions options)
    {
        var cropsMuch = OrderStatistics.Median(fingerprint.Cases.Select(c => c.SizeReduction)) < options.MaskedNormalizationThreshold;
        return [.. fingerprint.Modalities.Select((name, channel) =>
        {
            // The names that nnU-Net v2 knows, in any case; all others are normalised by z-score.
            switch (name.ToUpperInvariant())
            {
                case "CT": return new ChannelNormalization(NormalizationScheme.CT, fingerprint.Intensities[channel]);
                case "NONORM": return new ChannelNormalization(NormalizationScheme.None);
                case "RESCALE_TO_0_1": return new ChannelNormalization(NormalizationScheme.RescaleTo01);
                case "RGB_TO_0_1": return new ChannelNormalization(NormalizationScheme.RgbTo01);
                default: break;
            }

            var masked = cropsMuch && !name.Contains("CT", StringComparison.Ordinal);
            return new ChannelNormalization(masked ? NormalizationScheme.MaskedZScore : NormalizationScheme.ZScore);
        })];
    }

    private static bool IsInPlane(Shape3 patch, double threshold) =>
        Math.Max(patch.Z, Math.Max(patch.Y, patch.X)) / (double)patch.Z > threshold;
}

using AdwUNet.Imaging;

namespace AdwUNet.Planning;

/// <summary>
/// What a training step of a planned network takes, as the planner estimates it: for <see cref="PlannerOptions.ReferenceBatchSize"/> patches and the
/// features of the options.
/// </summary>
/// <param name="Bytes">Memory, by nnU-Net v1's estimate and its measurement of that: 11 GB for 520,000,000 values.</param>
/// <param name="Operations">Floating-point operations of the convolutions, forward and backward; a multiplication and an addition are two.</param>
public sealed record StepEstimate(double Bytes, double Operations)
{
    /// <summary>Bytes for each value that the memory estimate counts (nnU-Net v1: 11 GB for 520,000,000).</summary>
    public const double BytesPerValue = 11e9 / 520_000_000;

    /// <summary>The speed for which time is estimated: 100 GFLOP/s, about that of two processor cores (tests/Benchmarks/RESULTS.md).</summary>
    public const double ReferenceSpeed = 100e9;

    // Forward, backward-data and backward-weights have as many operations each.
    private const int Passes = 3;

    /// <summary>Duration of the step in seconds at <see cref="ReferenceSpeed"/>.</summary>
    public double Seconds => Operations / ReferenceSpeed;

    /// <summary>The estimate for a plan.</summary>
    /// <param name="plan">A plan.</param>
    /// <param name="options">The options that it was made with.</param>
    public static StepEstimate Of(Plan plan, PlannerOptions options)
    {
        var divisor = Shape3.From([.. Enumerable.Range(0, 3).Select(axis => (int)plan.Divisor(axis))]);
        var network = new NetworkTopology(plan.PoolKernels, plan.ConvKernels, plan.PatchSize, divisor);
        return Of(network, plan.Modalities.Count, plan.OutputCount, options);
    }

    internal static StepEstimate Of(NetworkTopology network, int modalities, int outputs, PlannerOptions options) => new(
        MemoryEstimate.Of(network, modalities, outputs, options) * BytesPerValue,
        Passes * options.ReferenceBatchSize * ForwardOperations(network, modalities, options));

    private static double ForwardOperations(NetworkTopology network, int modalities, PlannerOptions options)
    {
        var size = network.PatchSize;
        double features = options.BaseFeatures;
        double input = modalities;
        var operations = 0.0;
        for (var level = 0; level <= network.PoolKernels.Count; level++)
        {
            if (level > 0)
            {
                var pool = network.PoolKernels[level - 1];
                size = new Shape3(size.Z / pool.Z, size.Y / pool.Y, size.X / pool.X);
                input = features;
                features = Math.Min(features * 2, options.MaxFeatures);
            }

            // The decoder's first convolution reads the skip connection and the up-sampled map; the bottleneck has no decoder.
            var others = options.ConvolutionsPerStage - 1;
            var maps = input + (others * features);
            maps += level < network.PoolKernels.Count ? (2 + others) * features : 0;
            operations += 2.0 * network.ConvKernels[level].Count * size.Count * features * maps;
        }

        return operations;
    }
}

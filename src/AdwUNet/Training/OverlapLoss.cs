using AdwUNet.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Training;

/// <summary>What the losses of classes and of regions have in common.</summary>
internal static class OverlapLoss
{
    private static readonly Scalar Smooth = 1e-5; // nnU-Net v1, trainer V2: soft_dice_kwargs; nnU-Net v2: the same

    /// <summary>Soft Dice of every output, [outputs] or [N, outputs].</summary>
    /// <param name="probabilities">[N, outputs, ...].</param>
    /// <param name="truth">0 and 1, or bool, of the same shape.</param>
    /// <param name="mask">Which voxels count, bool [N, ...]; null where all do.</param>
    /// <param name="batch">Whether it also sums over the batch.</param>
    /// <param name="epsilon">Added to the denominator beside the smoothing term; null for nothing.</param>
    public static Tensor SoftDice(Tensor probabilities, Tensor truth, Tensor? mask, bool batch, Scalar? epsilon = null)
    {
        if (mask?.unsqueeze(1) is { } counts)
        {
            (probabilities, truth) = (probabilities * counts, truth * counts);
        }

        long[] dimensions = [.. Enumerable.Range(0, (int)probabilities.dim()).Where(d => d > 1 || (d == 0 && batch)).Select(d => (long)d)];
        var truePositive = (probabilities * truth).sum(dimensions);

        // 2 tp + fp + fn = Σ p + Σ y
        var total = probabilities.sum(dimensions).add(truth.sum(dimensions), Scalars.One).add(Smooth, Scalars.One);
        return truePositive.mul(Scalars.Two).add(Smooth, Scalars.One) / (epsilon is null ? total : total.add(epsilon, Scalars.One));
    }

    /// <summary>The sum of values over the voxels that count, divided by their number; 0 where none counts.</summary>
    /// <param name="values">[N, ...], or [N, outputs, ...] with a mask [N, 1, ...].</param>
    /// <param name="mask">bool.</param>
    public static Tensor MeanOf(Tensor values, Tensor mask) => (values * mask).sum() / mask.sum().clamp_min(Scalars.One);
}

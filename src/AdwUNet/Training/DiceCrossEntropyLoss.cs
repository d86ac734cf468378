using AdwUNet.Networks;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace AdwUNet.Training;

/// <summary>
/// Cross-entropy plus negative soft Dice over the foreground classes (nnU-Net v1's DC_and_CE_loss; with ignored voxels, nnU-Net v2's with its
/// ignore_label).
/// </summary>
/// <param name="BatchDice">Whether Dice also sums over the batch; else it is computed per sample and averaged.</param>
public sealed record DiceCrossEntropyLoss(bool BatchDice) : SegmentationLoss
{
    private static readonly Scalar DenominatorEpsilon = 1e-8; // nnU-Net v1, SoftDiceLoss

    /// <inheritdoc/>
    public override Tensor Forward(Tensor logits, Tensor target)
    {
        using var scope = NewDisposeScope();
        return functional.cross_entropy(logits, target).add(SoftDice(logits, target), Scalars.One).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor logits, Tensor target, Tensor mask)
    {
        using var scope = NewDisposeScope();
        var crossEntropy = OverlapLoss.MeanOf(functional.cross_entropy(logits, target, reduction: Reduction.None), mask);
        return crossEntropy.add(SoftDice(logits, target, mask), Scalars.One).MoveToOuterDisposeScope();
    }

    /// <summary>The negative mean soft Dice of the foreground classes, with softmax probabilities.</summary>
    /// <param name="logits">[N, classes, ...].</param>
    /// <param name="target">Class indices, int64 [N, ...].</param>
    /// <param name="mask">Which voxels count, bool [N, ...]; null where all do.</param>
    /// <returns>A scalar in [−1, 0].</returns>
    public Tensor SoftDice(Tensor logits, Tensor target, Tensor? mask = null)
    {
        using var scope = NewDisposeScope();
        var probabilities = logits.softmax(1);
        var index = target.unsqueeze(1);
        var truth = zeros_like(probabilities).scatter_(1, index, ones_like(index, probabilities.dtype));
        var dice = OverlapLoss.SoftDice(probabilities, truth, mask, BatchDice, DenominatorEpsilon);
        var foreground = BatchDice ? dice[1..] : dice[.., 1..];
        return (-foreground.mean()).MoveToOuterDisposeScope();
    }
}

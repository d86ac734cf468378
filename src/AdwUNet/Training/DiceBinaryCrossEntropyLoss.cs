using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace AdwUNet.Training;

/// <summary>
/// Binary cross-entropy of every region plus negative soft Dice over all regions, with sigmoid probabilities (nnU-Net v2's DC_and_BCE_loss). As
/// there, cross-entropy is the mean over voxels and regions, but where a dataset has an ignore label, the sum over regions of the mean over the
/// voxels that count.
/// </summary>
/// <param name="BatchDice">Whether Dice also sums over the batch; else it is computed per sample and averaged.</param>
public sealed record DiceBinaryCrossEntropyLoss(bool BatchDice) : SegmentationLoss
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor logits, Tensor target)
    {
        using var scope = NewDisposeScope();
        var crossEntropy = functional.binary_cross_entropy_with_logits(logits, target.to(logits.dtype));
        return crossEntropy.sub(SoftDice(logits, target, null)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor logits, Tensor target, Tensor mask)
    {
        using var scope = NewDisposeScope();
        var each = functional.binary_cross_entropy_with_logits(logits, target.to(logits.dtype), reduction: Reduction.None);
        return OverlapLoss.MeanOf(each, mask.unsqueeze(1)).sub(SoftDice(logits, target, mask)).MoveToOuterDisposeScope();
    }

    private Tensor SoftDice(Tensor logits, Tensor target, Tensor? mask) => OverlapLoss.SoftDice(logits.sigmoid(), target, mask, BatchDice).mean();
}

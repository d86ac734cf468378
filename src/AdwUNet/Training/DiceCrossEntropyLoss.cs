using System.Text.Json.Serialization;
using AdwUNet.Networks;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace AdwUNet.Training;

/// <summary>The loss of one resolution. Derive a record from it for a loss of your own.</summary>
[JsonConverter(typeof(MethodPartConverter<SegmentationLoss>))]
public abstract record SegmentationLoss : MethodPart
{
    /// <summary>Computes the loss. Gradients flow through the logits.</summary>
    /// <param name="logits">[N, classes, ...].</param>
    /// <param name="target">Class indices, int64 [N, ...].</param>
    /// <returns>A scalar.</returns>
    public abstract Tensor Forward(Tensor logits, Tensor target);
}

/// <summary>Cross-entropy plus negative soft Dice over the foreground classes (nnU-Net v1's DC_and_CE_loss).</summary>
/// <param name="BatchDice">Whether Dice also sums over the batch; else it is computed per sample and averaged.</param>
public sealed record DiceCrossEntropyLoss(bool BatchDice) : SegmentationLoss
{
    private static readonly Scalar Smooth = 1e-5; // nnU-Net v1, trainer V2: soft_dice_kwargs
    private static readonly Scalar DenominatorEpsilon = 1e-8; // nnU-Net v1, SoftDiceLoss

    /// <inheritdoc/>
    public override Tensor Forward(Tensor logits, Tensor target)
    {
        using var scope = NewDisposeScope();
        return functional.cross_entropy(logits, target).add(SoftDice(logits, target), Scalars.One).MoveToOuterDisposeScope();
    }

    /// <summary>The negative mean soft Dice of the foreground classes, with softmax probabilities.</summary>
    /// <param name="logits">[N, classes, ...].</param>
    /// <param name="target">Class indices, int64 [N, ...].</param>
    /// <returns>A scalar in [−1, 0].</returns>
    public Tensor SoftDice(Tensor logits, Tensor target)
    {
        using var scope = NewDisposeScope();
        var probabilities = logits.softmax(1);
        var index = target.unsqueeze(1);
        var truth = zeros_like(probabilities).scatter_(1, index, ones_like(index, probabilities.dtype));
        long[] dimensions = [.. Enumerable.Range(0, (int)logits.dim()).Where(d => d > 1 || (d == 0 && BatchDice)).Select(d => (long)d)];
        var truePositive = (probabilities * truth).sum(dimensions);

        // 2 tp + fp + fn = Σ p + Σ y
        var total = probabilities.sum(dimensions).add(truth.sum(dimensions), Scalars.One);
        var dice = truePositive.mul(Scalars.Two).add(Smooth, Scalars.One) / total.add(Smooth, Scalars.One).add(DenominatorEpsilon, Scalars.One);
        var foreground = BatchDice ? dice[1..] : dice[.., 1..];
        return (-foreground.mean()).MoveToOuterDisposeScope();
    }
}

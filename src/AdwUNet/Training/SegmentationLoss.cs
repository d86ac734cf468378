using System.Text.Json.Serialization;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Training;

/// <summary>The loss of one resolution. Derive a record from it for a loss of your own.</summary>
[JsonConverter(typeof(MethodPartConverter<SegmentationLoss>))]
public abstract record SegmentationLoss : MethodPart
{
    private const float Certain = 1e4f; // a logit whose softmax and sigmoid are exactly 0 or 1

    /// <summary>Computes the loss. Gradients flow through the logits.</summary>
    /// <param name="logits">[N, classes, ...]; where the dataset has regions, [N, regions, ...].</param>
    /// <param name="target">Class indices, int64 [N, ...]; where the dataset has regions, which voxels belong to each, bool [N, regions, ...].</param>
    /// <returns>A scalar.</returns>
    public abstract Tensor Forward(Tensor logits, Tensor target);

    /// <summary>
    /// Computes the loss for a dataset with an ignore label. Override it to use the mask. Else ignored voxels are shown to the other method as
    /// background that the network predicts with certainty: they have no gradient and add nothing to cross-entropy or to the Dice of foreground,
    /// but a mean over all voxels counts them.
    /// </summary>
    /// <param name="logits">As in the other method.</param>
    /// <param name="target">As in the other method; ignored voxels are background and in no region.</param>
    /// <param name="mask">Which voxels count, bool [N, ...].</param>
    /// <returns>A scalar.</returns>
    public virtual Tensor Forward(Tensor logits, Tensor target, Tensor mask)
    {
        using var scope = NewDisposeScope();
        var hasBackground = target.dim() < logits.dim();
        float[] background = [.. Enumerable.Range(0, (int)logits.shape[1]).Select(output => hasBackground && output == 0 ? Certain : -Certain)];
        long[] everywhere = [1, -1, .. Enumerable.Repeat(1L, (int)logits.dim() - 2)];
        var certain = tensor(background, device: logits.device).to(logits.dtype).view(everywhere);
        return Forward(where(mask.unsqueeze(1), logits, certain), target).MoveToOuterDisposeScope();
    }
}

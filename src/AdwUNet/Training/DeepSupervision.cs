using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Training;

/// <summary>The weighted loss over all resolutions. The weight halves from each resolution to the next coarser one; the coarsest has weight 0 (nnU-Net v1, trainer V2).</summary>
public sealed class DeepSupervision
{
    private readonly SegmentationLoss _loss;
    private readonly double[] _weights;
    private readonly Scalar[] _factors; // the weights, as tensor operations take them
    private readonly TargetMap? _map;

    /// <summary>Creates the loss.</summary>
    /// <param name="loss">The loss of one resolution.</param>
    /// <param name="weights">One weight per resolution, finest first.</param>
    /// <param name="plan">The plan whose regions and ignore label the targets have; null where every class is a label and every label counts.</param>
    public DeepSupervision(SegmentationLoss loss, IReadOnlyList<double> weights, Plan? plan = null)
    {
        (_loss, _weights, _factors) = (loss, [.. weights], [.. weights.Select(weight => (Scalar)weight)]);
        _map = plan is null ? null : new TargetMap(plan);
    }

    /// <summary>The loss of a plan at every resolution, with nnU-Net's weights.</summary>
    /// <param name="plan">Number of resolutions, regions and ignore label, and whether Dice sums over the batch.</param>
    /// <param name="loss">The loss of one resolution; when null, the published Dice and cross-entropy, or nnU-Net v2's for regions.</param>
    public static DeepSupervision Of(Plan plan, SegmentationLoss? loss = null) =>
        new(loss ?? (plan.HasRegions ? new DiceBinaryCrossEntropyLoss(plan.BatchDice) : new DiceCrossEntropyLoss(plan.BatchDice)), Weights(plan.PoolCount), plan);

    /// <summary>nnU-Net's weights: 2^−i, the lowest resolution 0, normalized to the sum 1. A single output has weight 1.</summary>
    /// <param name="outputs">Number of outputs.</param>
    public static double[] Weights(int outputs)
    {
        var kept = Math.Max(outputs - 1, 1);
        var sum = Enumerable.Range(0, kept).Sum(i => Math.Pow(2, -i));
        return [.. Enumerable.Range(0, outputs).Select(i => i < kept ? Math.Pow(2, -i) / sum : 0)];
    }

    /// <summary>Computes the weighted sum. Resolutions with weight 0 are left out; their layers get no gradient.</summary>
    /// <param name="logits">Finest first.</param>
    /// <param name="targets">Labels at the same resolutions: class indices and the ignore label.</param>
    /// <returns>A scalar.</returns>
    public Tensor Forward(IReadOnlyList<Tensor> logits, IReadOnlyList<Tensor> targets)
    {
        using var scope = NewDisposeScope();
        Tensor? total = null;
        for (var i = 0; i < _weights.Length; i++)
        {
            if (_weights[i] != 0)
            {
                var (target, mask) = _map?.Of(targets[i]) ?? (targets[i], null);
                var part = (mask is null ? _loss.Forward(logits[i], target) : _loss.Forward(logits[i], target, mask)).mul(_factors[i]);
                total = total is null ? part : total.add(part, Scalars.One);
            }
        }

        GC.KeepAlive(_factors);
        return total!.MoveToOuterDisposeScope();
    }
}

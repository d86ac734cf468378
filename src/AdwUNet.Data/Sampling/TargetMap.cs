using AdwUNet.Planning;
using static TorchSharp.torch;

namespace AdwUNet.Sampling;

/// <summary>What the outputs of a network are compared with: the labels of a batch as a plan's regions and ignore label say.</summary>
/// <param name="plan">The plan.</param>
internal sealed class TargetMap(Plan plan)
{
    private readonly int _labels = plan.Classes.Count + 1; // the ignore label is the last

    /// <summary>Turns labels into a target and a mask, as a loss compares them.</summary>
    /// <param name="labels">Class indices and the ignore label, int64 [N, ...].</param>
    /// <returns>The target, and the mask where the plan has an ignore label. The caller's dispose scope owns them.</returns>
    public (Tensor Target, Tensor? Mask) Of(Tensor labels)
    {
        var ignore = plan.Labels?.IgnoreLabel;
        var mask = ignore is null ? null : Mapped(labels, label => label != ignore);
        return plan.HasRegions
            ? (stack([.. plan.Labels!.Regions.Select(region => Mapped(labels, label => region.Labels.Contains(label)))], 1), mask)
            : (mask is null ? labels : labels * mask, mask);
    }

    private Tensor Mapped(Tensor labels, Func<int, bool> map)
    {
        bool[] table = [.. Enumerable.Range(0, _labels).Select(map)];
        return tensor(table, device: labels.device)[labels];
    }
}

using AdwUNet.Planning;
using static TorchSharp.torch;

namespace AdwUNet.Sampling;

/// <summary>
/// Dice of predictions on patches: of classes by arg-max, of regions where the probability exceeds one half; without ignored voxels. True and false
/// positives are summed over many batches before the division (nnU-Net v1's online evaluation). It monitors a run and is not the Dice of whole cases.
/// </summary>
internal sealed class OnlineDice
{
    private readonly TargetMap _map;
    private readonly bool _regions;
    private readonly long[] _intersection;
    private readonly long[] _total;

    /// <summary>Starts with empty sums.</summary>
    /// <param name="plan">Its classes or regions, and its ignore label.</param>
    public OnlineDice(Plan plan) => (_map, _regions, _intersection, _total) = (new(plan), plan.HasRegions, new long[plan.OutputCount], new long[plan.OutputCount]);

    /// <summary>Dice per foreground class, or per region; null where it occurred neither in a target nor in a prediction.</summary>
    public IReadOnlyList<double?> PerClass =>
        [.. Enumerable.Range(0, _total.Length).Skip(_regions ? 0 : 1).Select(c => _total[c] == 0 ? null : (double?)(2.0 * _intersection[c] / _total[c]))];

    /// <summary>Adds a batch.</summary>
    /// <param name="logits">[N, outputs, ...].</param>
    /// <param name="labels">Class indices and the ignore label, int64 [N, ...].</param>
    public void Add(Tensor logits, Tensor labels)
    {
        using var scope = NewDisposeScope();
        var (target, mask) = _map.Of(labels);
        var (hits, counts) = _regions ? OfRegions(logits, target, mask) : OfClasses(logits.argmax(1), target, mask);
        for (var c = 0; c < _total.Length; c++)
        {
            _intersection[c] += hits[c];
            _total[c] += counts[c];
        }
    }

    private (long[] Hits, long[] Counts) OfClasses(Tensor predicted, Tensor target, Tensor? mask)
    {
        (predicted, target) = mask is null ? (predicted.flatten(), target.flatten()) : (predicted[mask], target[mask]);
        Tensor Count(Tensor classes) => classes.bincount(null, minlength: _total.Length);
        return (Values(Count(predicted[predicted.eq(target)])), Values(Count(predicted).add(Count(target), Scalars.One)));
    }

    private static (long[] Hits, long[] Counts) OfRegions(Tensor logits, Tensor target, Tensor? mask)
    {
        var predicted = logits.sigmoid().gt(Scalars.Half);
        if (mask?.unsqueeze(1) is { } counts)
        {
            (predicted, target) = (predicted.logical_and(counts), target.logical_and(counts));
        }

        Tensor Count(Tensor voxels) => voxels.transpose(0, 1).flatten(1).sum(1);
        return (Values(Count(predicted.logical_and(target))), Values(Count(predicted).add(Count(target), Scalars.One)));
    }

    private static long[] Values(Tensor counts) => counts.cpu().data<long>().ToArray();
}

using AdwUNet.Networks;
using static TorchSharp.torch;

namespace AdwUNet.Training;

/// <summary>
/// Dice of arg-max predictions on patches. True and false positives are summed over many batches before the division (nnU-Net v1's online
/// evaluation). It monitors a run and is not the Dice of whole cases.
/// </summary>
public sealed class OnlineDice
{
    private readonly long[] _intersection;
    private readonly long[] _total;

    /// <summary>Starts with empty sums.</summary>
    /// <param name="classes">Number of classes, background included.</param>
    public OnlineDice(int classes) => (_intersection, _total) = (new long[classes], new long[classes]);

    /// <summary>Dice per foreground class; null where the class occurred neither in a target nor in a prediction.</summary>
    public IReadOnlyList<double?> PerClass =>
        [.. Enumerable.Range(1, _total.Length - 1).Select(c => _total[c] == 0 ? null : (double?)(2.0 * _intersection[c] / _total[c]))];

    /// <summary>Adds a batch.</summary>
    /// <param name="logits">[N, classes, ...].</param>
    /// <param name="target">Class indices, [N, ...].</param>
    public void Add(Tensor logits, Tensor target)
    {
        using var scope = NewDisposeScope();
        var predicted = logits.argmax(1);
        var hits = predicted[predicted.eq(target)].bincount(null, minlength: _total.Length).cpu().data<long>().ToArray();
        var counts = predicted.flatten().bincount(null, minlength: _total.Length).add(target.flatten().bincount(null, minlength: _total.Length), Scalars.One)
            .cpu().data<long>().ToArray();
        for (var c = 0; c < _total.Length; c++)
        {
            _intersection[c] += hits[c];
            _total[c] += counts[c];
        }
    }
}

using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace AdwUNet.Benchmarks.Plain;

/// <summary>Cross-entropy and soft Dice per sample over all resolutions, as nnU-Net v1 writes them.</summary>
internal static class PlainLoss
{
    public static Tensor Of(Tensor[] logits, IReadOnlyList<Tensor> targets)
    {
        Tensor? total = null;
        var kept = Math.Max(logits.Length - 1, 1); // the coarsest has no weight
        var sum = Enumerable.Range(0, kept).Sum(i => Math.Pow(2, -i));
        for (var i = 0; i < kept; i++)
        {
            var loss = Math.Pow(2, -i) / sum * (functional.cross_entropy(logits[i], targets[i]) - SoftDice(logits[i], targets[i]));
            total = total is null ? loss : total + loss;
        }

        return total!;
    }

    private static Tensor SoftDice(Tensor logits, Tensor target)
    {
        const double smooth = 1e-5;
        long[] space = [2, 3, 4];
        var probabilities = logits.softmax(1);
        var truth = zeros_like(probabilities).scatter_(1, target.unsqueeze(1), ones_like(probabilities));
        var truePositive = (probabilities * truth).sum(space);
        var falsePositive = (probabilities * (1 - truth)).sum(space);
        var falseNegative = ((1 - probabilities) * truth).sum(space);
        var dice = ((2 * truePositive) + smooth) / ((2 * truePositive) + falsePositive + falseNegative + smooth + 1e-8);
        return dice.slice(1, 1, dice.shape[1], 1).mean();
    }
}

using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace AdwUNet.Benchmarks.Plain;

/// <summary>Cross-entropy and soft Dice per sample over all resolutions, as nnU-Net v1 writes them.</summary>
internal static class PlainLoss
{
    private static readonly double[] Weights = [2 / 3.0, 1 / 3.0, 0];

    public static Tensor Of(Tensor[] logits, IReadOnlyList<Tensor> targets)
    {
        Tensor? total = null;
        for (var i = 0; i < logits.Length; i++)
        {
            if (Weights[i] == 0)
            {
                continue;
            }

            var loss = Weights[i] * (functional.cross_entropy(logits[i], targets[i]) - SoftDice(logits[i], targets[i]));
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

using AdwUNet.Augmentation;
using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Sampling;
using AdwUNet.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Tests.Networks;

/// <summary>The gradients of a network's loss for a batch with something to learn, and how near those of another way to compute them are.</summary>
internal static class NetworkGradients
{
    public static IEnumerable<(string Kind, Func<string, bool> IsOne)> Kinds =>
    [
        ("weights", name => !Supernet.IsArchitecture(name) && !name.EndsWith("conv.bias", StringComparison.Ordinal)),
        ("alphas", name => name.EndsWith(".alphas", StringComparison.Ordinal)),
        ("betas", name => name.EndsWith(".betas", StringComparison.Ordinal)),
    ];

    public static Dictionary<string, Tensor> Of(EncoderDecoder network) =>
        network.named_parameters().Where(p => p.parameter.grad is not null && p.parameter.grad.count_nonzero().item<long>() > 0 && !p.name.EndsWith("conv.bias", StringComparison.Ordinal))
            .ToDictionary(p => p.name, p => p.parameter.grad!.to(float64));

    public static (double Cosine, double Difference) Compare(string[] names, Dictionary<string, Tensor> expected, Dictionary<string, Tensor> actual)
    {
        var (a, b) = (cat([.. names.Select(name => expected[name].flatten())]), cat([.. names.Select(name => actual[name].flatten())]));
        var (norm, other) = (a.norm().item<double>(), b.norm().item<double>());
        return (a.dot(b).item<double>() / norm / other, (a - b).norm().item<double>() / norm);
    }

    public static DeepSupervision Loss(Plan plan) => new(new DiceCrossEntropyLoss(plan.BatchDice), DeepSupervision.Weights(plan.PoolCount));

    // A ball and a slab in noise: labels that have nothing to do with the image would leave of the gradient little but rounding.
    public static (Tensor Image, Tensor[] Targets) Batch(Plan plan)
    {
        using var generator = new Generator(3);
        var (n, size) = (plan.BatchSize, plan.PatchSize);
        Tensor Axis(int axis) => linspace(-1, 1, size[axis]).view([.. Enumerable.Range(0, 3).Select(other => other == axis ? -1L : 1L)]);
        var ball = Axis(0).square() + Axis(1).square() + Axis(2).square() < 0.5;
        var slab = (Axis(2) > 0.5).expand_as(ball);
        var labels = (ball.to(int64) + (2 * (slab & ball.logical_not()).to(int64))).expand(n, size.Z, size.Y, size.X);
        var image = labels.unsqueeze(1).to(float32) + (0.5 * randn([n, plan.Modalities.Count, size.Z, size.Y, size.X], generator: generator));
        return (image, [.. DownsampledTargets.Shapes(size, plan.PoolKernels).Select(shape => labels[
            .., TensorIndex.Slice(step: size.Z / shape.Z), TensorIndex.Slice(step: size.Y / shape.Y), TensorIndex.Slice(step: size.X / shape.X)].contiguous())]);
    }
}

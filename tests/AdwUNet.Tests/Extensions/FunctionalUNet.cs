using AdwUNet.Imaging;
using AdwUNet.Networks;
using AdwUNet.Planning;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace AdwUNet.Tests.Extensions;

/// <summary>The definition of a derived U-Net, written a second time: from the named parameters to the logits, with any activation.</summary>
internal static class FunctionalUNet
{
    public static Tensor[] Forward(DerivedUNet network, Tensor image, Func<Tensor, Tensor> activation)
    {
        var (plan, weights) = (network.Plan, network.named_parameters().ToDictionary(p => p.name, p => (Tensor)p.parameter));
        var (skips, logits, features) = (new Stack<Tensor>(), new List<Tensor>(), image);
        for (var d = 0; d <= plan.PoolCount; d++)
        {
            features = Block($"conv_blocks_context.{d}", d, d == 0 ? Shape3.Cube(1) : plan.PoolKernels[d - 1]);
            skips.Push(features);
        }

        skips.Pop();
        for (var u = 0; u < plan.PoolCount; u++)
        {
            var pool = plan.PoolKernels[^(u + 1)];
            features = cat([functional.conv_transpose3d(features, weights[$"tu.{u}.weight"], strides: [pool.Z, pool.Y, pool.X]), skips.Pop()], 1);
            features = Block($"conv_blocks_localization.{u}", plan.PoolCount - 1 - u, Shape3.Cube(1));
            logits.Insert(0, functional.conv3d(features, weights[$"seg_outputs.{u}.weight"]));
        }

        return [.. logits];

        Tensor Block(string name, int stage, Shape3 stride)
        {
            var kernel = plan.ConvKernels[stage];
            for (var i = 1; weights.TryGetValue($"{name}.block{i}.conv.weight", out var convolution); i++)
            {
                var step = i == 1 ? stride : Shape3.Cube(1);
                features = functional.conv3d(
                    features, convolution, weights[$"{name}.block{i}.conv.bias"],
                    strides: [step.Z, step.Y, step.X], padding: [kernel.Z / 2, kernel.Y / 2, kernel.X / 2]);
                var (mean, variance) = (features.mean([2, 3, 4], keepdim: true), features.var([2, 3, 4], unbiased: false, keepdim: true));
                var (scale, shift) = (weights[$"{name}.block{i}.instnorm.weight"], weights[$"{name}.block{i}.instnorm.bias"]);
                features = activation(((features - mean) / (variance + 1e-5).sqrt() * scale.view(1, -1, 1, 1, 1)) + shift.view(1, -1, 1, 1, 1));
            }

            return features;
        }
    }
}

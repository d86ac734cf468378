using AdwUNet.Mixed;
using AdwUNet.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Benchmarks.Mixed;

/// <summary>A way to compute the gradients of a network.</summary>
/// <param name="Name">For a table.</param>
/// <param name="Backward">Computes them: a network in float32 (whose type it may change), the image, the loss of the logits.</param>
internal sealed record GradientWay(string Name, Action<Supernet, Tensor, Func<Tensor[], Tensor>> Backward)
{
    private static readonly Formats Engine = Formats.Of(Precision.BFloat16);

    /// <summary>All ways; the first is the reference.</summary>
    public static IReadOnlyList<GradientWay> All { get; } =
    [
        new("float64", (network, image, loss) =>
        {
            network.to(float64);
            By(new(float64, float64), network, image.to(float64), loss);
        }),
        new("float32", (network, image, loss) => By(new(float32, float32), network, image, loss)),
        new("float32, weights and image rounded once", Rounded),
        new("bfloat16", (network, image, loss) => By(Engine, network, image, loss)),
        new("bfloat16, float32 between layers", (network, image, loss) => By(Engine with { Gradient = float32 }, network, image, loss)),
        new("libtorch's autocast", Autocasted),
    ];

    private static void By(Formats formats, Supernet network, Tensor image, Func<Tensor[], Tensor> loss)
    {
        using var passes = new MixedPasses(network, formats);
        using var value = passes.Backward(image, loss);
    }

    /// <summary>How much of the gradient the rounding of what the network is given changes, with everything else in float32.</summary>
    private static void Rounded(Supernet network, Tensor image, Func<Tensor[], Tensor> loss)
    {
        using (no_grad())
        {
            foreach (var (_, parameter) in network.named_parameters().Where(p => p.parameter.dim() > 1))
            {
                parameter.copy_(parameter.to(bfloat16));
            }
        }

        By(new(float32, float32), network, image.to(bfloat16).to(float32), loss);
    }

    /// <summary>The module as it stands, as PyTorch would compute it within <c>torch.autocast</c>.</summary>
    private static void Autocasted(Supernet network, Tensor image, Func<Tensor[], Tensor> loss)
    {
        Tensor[] logits;
        using (new Autocast(DeviceType.CPU, Engine))
        {
            logits = network.forward(image);
        }

        loss(Array.ConvertAll(logits, output => output.to(float32))).backward();
    }
}

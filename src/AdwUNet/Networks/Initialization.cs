using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AdwUNet.Networks;

/// <summary>nnU-Net v1's initial weights (InitWeights_He): Kaiming normal for convolutions, 0 for their biases.</summary>
internal static class Initialization
{
    /// <summary>Draws the weights of a network from a seed, except for the modules that units made themselves.</summary>
    public static void KaimingNormal(nn.Module network, ulong seed)
    {
        using var noGrad = no_grad();
        using var generator = new Generator(seed);
        var own = network.modules().OfType<ConvolutionUnit>().SelectMany(unit => unit.OwnModules).ToHashSet();
        foreach (var module in network.modules().Where(module => !own.Contains(module)))
        {
            switch (module)
            {
                case Conv3d convolution:
                    Draw(convolution.weight, generator);
                    convolution.bias?.zero_();
                    break;
                case ConvTranspose3d transposed:
                    Draw(transposed.weight, generator);
                    break;
            }
        }
    }

    // The fan-in is taken from dimension 1 for transposed convolutions too, as PyTorch does.
    private static void Draw(Tensor weight, Generator generator)
    {
        var fanIn = weight.numel() / weight.shape[0];
        var gain = Math.Sqrt(2 / (1 + (ConvUnit.NegativeSlope * ConvUnit.NegativeSlope)));
        weight.normal_(0, gain / Math.Sqrt(fanIn), generator);
    }
}

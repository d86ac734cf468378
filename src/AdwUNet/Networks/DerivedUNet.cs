using AdwUNet.Architectures;
using AdwUNet.Imaging;
using AdwUNet.Planning;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace AdwUNet.Networks;

/// <summary>The plain U-Net of an architecture: what is trained from scratch and used (paper section 3.3).</summary>
public sealed class DerivedUNet : EncoderDecoder
{
    /// <summary>Builds the network with fresh weights.</summary>
    /// <param name="plan">Kernels, channels and classes.</param>
    /// <param name="architecture">The width of every convolution.</param>
    /// <param name="seed">Decides the initial weights.</param>
    /// <exception cref="ArchitectureException">The architecture has another number of poolings than the plan.</exception>
    public DerivedUNet(Plan plan, Architecture architecture, ulong seed = 0)
        : base(nameof(DerivedUNet), plan, OutputWidths(plan, architecture), site => MakeBlock(site, architecture))
    {
        Architecture = architecture;
        Initialization.KaimingNormal(this, seed);
    }

    /// <summary>What it was built from.</summary>
    public Architecture Architecture { get; }

    private protected override NetworkCost Cost(Plan plan) => NetworkCost.Of(Architecture, plan);

    private static int[] OutputWidths(Plan plan, Architecture architecture)
    {
        if (architecture.PoolCount != plan.PoolCount)
        {
            throw new ArchitectureException(
                $"The architecture has {architecture.Widths.Count} blocks, that is {architecture.PoolCount} poolings, but the plan of "
                + $"{plan.Dataset} has {plan.PoolCount}; derive it from a search with this plan.");
        }

        return [.. architecture.Widths.Select(block => block[^1])];
    }

    private static Block MakeBlock(BlockSite site, Architecture architecture)
    {
        var widths = architecture.Widths[site.Index];
        var units = widths.Select(Module<Tensor, Tensor> (width, i) => new ConvUnit(
            i == 0 ? site.InputWidth : widths[i - 1], width, site.Kernel, i == 0 ? site.Stride : Shape3.Cube(1)));
        return new Block(units, asList: architecture.Family == Family.AdUNet);
    }
}

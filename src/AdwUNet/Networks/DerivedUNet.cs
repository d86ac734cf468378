using AdwUNet.Architectures;
using AdwUNet.Planning;

namespace AdwUNet.Networks;

/// <summary>The plain U-Net of an architecture. It is trained from scratch (paper section 3.3).</summary>
public sealed class DerivedUNet : EncoderDecoder
{
    /// <summary>Builds the network with fresh weights.</summary>
    /// <param name="plan">Kernels, channels and classes.</param>
    /// <param name="architecture">The width of every convolution.</param>
    /// <param name="seed">The seed of the initial weights.</param>
    /// <param name="unit">The convolution unit; the published one when null.</param>
    /// <exception cref="ArchitectureException">The architecture has another number of poolings than the plan.</exception>
    public DerivedUNet(Plan plan, Architecture architecture, ulong seed = 0, UnitFactory? unit = null)
        : base(
            nameof(DerivedUNet), plan, OutputWidths(plan, architecture), unit ?? UnitFactory.Published, seed,
            site => MakeBlock(site, architecture, unit ?? UnitFactory.Published)) => Architecture = architecture;

    /// <summary>The architecture of the network.</summary>
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

    private static Block MakeBlock(BlockSite site, Architecture architecture, UnitFactory unit)
    {
        var widths = architecture.Widths[site.Index];
        var units = widths.Select((width, i) => site.MakeUnit(unit, i, i == 0 ? site.InputWidth : widths[i - 1], width));
        return new Block(site.Name, units, asList: architecture.Family == Family.AdUNet);
    }
}

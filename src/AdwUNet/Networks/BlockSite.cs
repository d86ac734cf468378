using AdwUNet.Imaging;
using AdwUNet.Planning;

namespace AdwUNet.Networks;

/// <summary>The place of a block in the U-Net, and its input.</summary>
/// <param name="Index">Its index in an architecture: encoder 0..P, decoder P+1..2P.</param>
/// <param name="Name">Its parameter name, such as <c>conv_blocks_context.0</c>.</param>
/// <param name="IsEncoder">Whether it belongs to the encoder.</param>
/// <param name="InputWidth">Number of input channels.</param>
/// <param name="Kernel">Kernel of its convolutions.</param>
/// <param name="Stride">Stride of its first convolution.</param>
internal sealed record BlockSite(int Index, string Name, bool IsEncoder, int InputWidth, Shape3 Kernel, Shape3 Stride)
{
    /// <summary>All 2P + 1 sites of a plan.</summary>
    /// <param name="plan">Kernels and channels.</param>
    /// <param name="outputWidths">Output channels of each block.</param>
    public static IReadOnlyList<BlockSite> All(Plan plan, IReadOnlyList<int> outputWidths)
    {
        var poolCount = plan.PoolCount;
        var sites = new List<BlockSite>();
        for (var d = 0; d <= poolCount; d++)
        {
            var stride = d == 0 ? Shape3.Cube(1) : plan.PoolKernels[d - 1];
            var input = d == 0 ? plan.Modalities.Count : outputWidths[d - 1];
            sites.Add(new(d, $"conv_blocks_context.{d}", true, input, plan.ConvKernels[d], stride));
        }

        for (var u = 0; u < poolCount; u++)
        {
            // The transposed convolution has the width of the skip; both are concatenated.
            var skip = poolCount - 1 - u;
            sites.Add(new(
                poolCount + 1 + u, $"conv_blocks_localization.{u}", false, 2 * outputWidths[skip], plan.ConvKernels[skip], Shape3.Cube(1)));
        }

        return sites;
    }

    /// <summary>Makes one unit of the block. Only the first has the block's stride.</summary>
    /// <param name="unit">The kind of unit.</param>
    /// <param name="index">0-based.</param>
    /// <param name="inputWidth">Number of input channels.</param>
    /// <param name="width">Number of output channels.</param>
    /// <param name="describe">Adds the choice of the width.</param>
    public ConvolutionUnit MakeUnit(UnitFactory unit, int index, int inputWidth, int width, Func<UnitSite, UnitSite>? describe = null)
    {
        var site = new UnitSite($"{Name}.{Block.UnitName(index)}", inputWidth, width, Kernel, index == 0 ? Stride : Shape3.Cube(1));
        return unit.Make(describe?.Invoke(site) ?? site);
    }
}

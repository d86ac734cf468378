using AdwUNet.Architectures;
using AdwUNet.Imaging;
using AdwUNet.Planning;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace AdwUNet.Networks;

/// <summary>
/// The U-Net around the blocks (paper section 3; nnU-Net v1's Generic_UNet): strided convolutions down, transposed convolutions up,
/// skips by concatenation (up-sampled first), logits after every decoder block.
/// </summary>
public abstract class EncoderDecoder : SegmentationNetwork
{
    private readonly ModuleList<Module<Tensor, Tensor>> conv_blocks_context;
    private readonly ModuleList<Module<Tensor, Tensor>> conv_blocks_localization;
    private readonly ModuleList<Module<Tensor, Tensor>> tu;
    private readonly ModuleList<Module<Tensor, Tensor>> seg_outputs;
    private readonly Plan _plan;

    /// <summary>Wires blocks into a U.</summary>
    /// <param name="name">The module's name.</param>
    /// <param name="plan">Pool and convolution kernels, channels, classes.</param>
    /// <param name="outputWidths">Channels that each of the 2P + 1 blocks emits: encoder 0..P, decoder 0..P−1.</param>
    /// <param name="makeBlock">Makes the block of an index from its description.</param>
    private protected EncoderDecoder(
        string name, Plan plan, IReadOnlyList<int> outputWidths, Func<BlockSite, Module<Tensor, Tensor>> makeBlock)
        : base(name)
    {
        _plan = plan;
        InputChannels = plan.Modalities.Count;
        ClassCount = plan.Classes.Count;
        var sites = BlockSite.All(plan, outputWidths);
        var pools = plan.PoolKernels;
        conv_blocks_context = ModuleList([.. sites.Where(site => site.IsEncoder).Select(makeBlock)]);
        conv_blocks_localization = ModuleList([.. sites.Where(site => !site.IsEncoder).Select(makeBlock)]);
        tu = ModuleList([.. Enumerable.Range(0, pools.Count).Select(u =>
            UpSampling(outputWidths[pools.Count + u], outputWidths[pools.Count - 1 - u], pools[^(u + 1)]))]);
        seg_outputs = ModuleList([.. Enumerable.Range(0, pools.Count).Select(u =>
            (Module<Tensor, Tensor>)Conv3d(outputWidths[pools.Count + 1 + u], ClassCount, 1, bias: false))]);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override int InputChannels { get; }

    /// <inheritdoc/>
    public override int ClassCount { get; }

    /// <inheritdoc/>
    public override Tensor[] forward(Tensor image)
    {
        using var scope = NewDisposeScope();
        var skips = new Stack<Tensor>();
        var features = image;
        foreach (var block in conv_blocks_context)
        {
            features = block.forward(features);
            skips.Push(features);
        }

        skips.Pop(); // the bottleneck's output goes on, it is no skip
        var logits = new List<Tensor>();
        for (var u = 0; u < tu.Count; u++)
        {
            using var skip = skips.Pop();
            using var below = features;
            using var joined = cat([tu[u].forward(below), skip], 1);
            features = conv_blocks_localization[u].forward(joined);
            logits.Add(seg_outputs[u].forward(features));
        }

        logits.Reverse();
        return [.. logits.Select(output => output.MoveToOuterDisposeScope())];
    }

    /// <summary>What the network costs on a batch.</summary>
    /// <param name="patch">Voxels of a patch.</param>
    /// <param name="batch">Patches.</param>
    internal NetworkCost Cost(Shape3 patch, int batch) => Cost(_plan with { PatchSize = patch, BatchSize = batch });

    private protected abstract NetworkCost Cost(Plan plan);

    /// <summary>The blocks in the order of an architecture: encoder stages, then decoder stages.</summary>
    private protected IEnumerable<Module<Tensor, Tensor>> Blocks => conv_blocks_context.Concat(conv_blocks_localization);

    private static Module<Tensor, Tensor> UpSampling(int from, int to, Shape3 pool)
    {
        var kernel = (pool.Z, pool.Y, pool.X);
        return ConvTranspose3d(from, to, kernel, kernel, bias: false);
    }
}

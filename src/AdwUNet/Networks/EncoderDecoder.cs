using AdwUNet.Architectures;
using AdwUNet.Cpu;
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
    private readonly Lock _making = new();
    private ICpuNetwork? _kernels;
    private Precision? _precision;

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

    /// <summary>The plan that the network was made for.</summary>
    public Plan Plan => _plan;

    /// <inheritdoc/>
    public override int InputChannels { get; }

    /// <inheritdoc/>
    public override int ClassCount { get; }

    /// <summary>
    /// How exactly <see cref="Backward"/>, and a forward pass without gradients, compute. Null (default): by libtorch's own operations, in the type
    /// of the parameters. Else by kernels that are assembled for the processor, on a CPU where they can be, with float32 parameters.
    /// </summary>
    public Precision? Precision
    {
        get => _precision;
        set
        {
            if (value != _precision)
            {
                _kernels?.Dispose();
                _kernels = null;
                _precision = value;
            }
        }
    }

    /// <inheritdoc/>
    public override Tensor Backward(Tensor image, Func<Tensor[], Tensor> loss) =>
        !image.requires_grad && Kernels(image) is { } kernels ? kernels.Backward(image, loss) : base.Backward(image, loss);

    /// <inheritdoc/>
    public override Tensor[] forward(Tensor image)
    {
        if (!is_grad_enabled() && Kernels(image) is { } kernels)
        {
            return kernels.Forward(image);
        }

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

    /// <summary>The blocks on the way down.</summary>
    internal IEnumerable<IUnitChain> Encoder => conv_blocks_context.Cast<IUnitChain>();

    /// <summary>What each step up consists of, coarsest first.</summary>
    internal IEnumerable<(IUnitChain Block, (ConvTranspose3d Module, Shape3 Stride) UpSampling, Conv3d Output)> Decoder =>
        conv_blocks_localization.Select((block, u) => (
            (IUnitChain)block, ((ConvTranspose3d)tu[u], _plan.PoolKernels[^(u + 1)]), (Conv3d)seg_outputs[u]));

    /// <summary>What the network costs on a batch.</summary>
    /// <param name="patch">Voxels of a patch.</param>
    /// <param name="batch">Patches.</param>
    internal NetworkCost Cost(Shape3 patch, int batch) => Cost(_plan with { PatchSize = patch, BatchSize = batch });

    private protected abstract NetworkCost Cost(Plan plan);

    /// <summary>The blocks in the order of an architecture: encoder stages, then decoder stages.</summary>
    private protected IEnumerable<Module<Tensor, Tensor>> Blocks => conv_blocks_context.Concat(conv_blocks_localization);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _kernels?.Dispose();
        base.Dispose(disposing);
    }

    private ICpuNetwork? Kernels(Tensor image)
    {
        if (_precision is not { } wanted || Arithmetic.Of(wanted, image.device) is not { ByKernels: true, Precision: var precision })
        {
            return null;
        }

        using var alone = _making.EnterScope(); // two threads that come first make one
        return _kernels ??= precision == Networks.Precision.BFloat16 ? new CpuNetwork<BFloat16Element>(this) : new CpuNetwork<SingleElement>(this);
    }

    private static Module<Tensor, Tensor> UpSampling(int from, int to, Shape3 pool)
    {
        var kernel = (pool.Z, pool.Y, pool.X);
        return ConvTranspose3d(from, to, kernel, kernel, bias: false);
    }
}

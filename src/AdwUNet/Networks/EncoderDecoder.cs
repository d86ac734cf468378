using System.Collections.Concurrent;
using AdwUNet.Architectures;
using AdwUNet.Imaging;
using AdwUNet.Planning;
using TorchSharp;
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
    private readonly ConcurrentDictionary<(Precision, string), Arithmetic> _arithmetics = [];
    private readonly ConcurrentDictionary<(IEngine, Precision), Lazy<INetworkPasses>> _passes = [];

    /// <summary>Connects blocks to a U-Net.</summary>
    /// <param name="name">The module's name.</param>
    /// <param name="plan">Pool and convolution kernels, channels, classes.</param>
    /// <param name="outputWidths">Output channels of each of the 2P + 1 blocks: encoder 0..P, decoder 0..P−1.</param>
    /// <param name="unit">The convolution unit of the blocks.</param>
    /// <param name="seed">The seed of the initial weights.</param>
    /// <param name="makeBlock">Makes the block of an index from its description.</param>
    private protected EncoderDecoder(
        string name, Plan plan, IReadOnlyList<int> outputWidths, UnitFactory unit, ulong seed, Func<BlockSite, Block> makeBlock)
        : base(name)
    {
        using var random = LibtorchRandom.Seeded(seed, "initial weights"); // of what units of your own initialize themselves
        (_plan, Unit) = (plan, unit);
        InputChannels = plan.Modalities.Count;
        (ClassCount, HasRegions) = (plan.OutputCount, plan.HasRegions);
        var sites = BlockSite.All(plan, outputWidths);
        var pools = plan.PoolKernels;
        conv_blocks_context = ModuleList([.. sites.Where(site => site.IsEncoder).Select(Module<Tensor, Tensor> (site) => makeBlock(site))]);
        conv_blocks_localization = ModuleList([.. sites.Where(site => !site.IsEncoder).Select(Module<Tensor, Tensor> (site) => makeBlock(site))]);
        tu = ModuleList([.. Enumerable.Range(0, pools.Count).Select(u =>
            UpSampling(outputWidths[pools.Count + u], outputWidths[pools.Count - 1 - u], pools[^(u + 1)]))]);
        seg_outputs = ModuleList([.. Enumerable.Range(0, pools.Count).Select(u =>
            (Module<Tensor, Tensor>)Conv3d(outputWidths[pools.Count + 1 + u], ClassCount, 1, bias: false))]);
        RegisterComponents();
        Initialization.KaimingNormal(this, seed);
    }

    /// <summary>The convolution unit of the blocks.</summary>
    public UnitFactory Unit { get; }

    /// <summary>The plan of the network.</summary>
    public Plan Plan => _plan;

    /// <inheritdoc/>
    public override int InputChannels { get; }

    /// <inheritdoc/>
    public override int ClassCount { get; }

    /// <inheritdoc/>
    public override bool HasRegions { get; }

    /// <summary>
    /// The wanted precision of <see cref="Backward"/> and of forward passes without gradients. Null: libtorch's own operations, in the type of the
    /// parameters. Else an engine computes them if it accepts the network (<see cref="ArithmeticOn"/>), with float32 parameters.
    /// </summary>
    public Precision? Precision { get; init; }

    /// <summary>The engines that are asked; none for libtorch only.</summary>
    internal IReadOnlyList<IEngine> Engines { get; init; } = Networks.Engines.All;

    /// <summary>How the network computes on a device.</summary>
    /// <param name="device">The device.</param>
    /// <param name="precision">Another wanted precision than <see cref="Precision"/>.</param>
    public Arithmetic ArithmeticOn(Device device, Precision? precision = null)
    {
        if ((precision ?? Precision) is not { } wanted)
        {
            return Arithmetic.Libtorch();
        }

        if (Engines.FirstOrDefault(engine => engine.Serves(device.type)) is not { } engine)
        {
            return Arithmetic.Libtorch($"No engine for {device.type} is referenced");
        }

        return _arithmetics.GetOrAdd((wanted, device.ToString()), _ => engine.Declines(this, device) is { } reason
            ? Arithmetic.Libtorch(reason)
            : new(engine.Effective(wanted, device), engine, null));
    }

    /// <inheritdoc/>
    public override Tensor Backward(Tensor image, Func<Tensor[], Tensor> loss) =>
        !image.requires_grad && Passes(image, Precision) is { } passes ? passes.Backward(image, loss) : base.Backward(image, loss);

    /// <inheritdoc/>
    public override Tensor[] forward(Tensor image) =>
        !is_grad_enabled() && Passes(image, Precision) is { } passes ? passes.Forward(image) : ForwardByLibtorch(image);

    /// <summary>Computes logits without gradients in a precision that may differ from <see cref="Precision"/>. Thread-safe.</summary>
    /// <param name="image">Image patches, [N, C, D, H, W].</param>
    /// <param name="precision">The wanted precision. Without <see cref="Precision"/>, libtorch computes float32.</param>
    /// <returns>As <see cref="forward"/>.</returns>
    internal Tensor[] Predict(Tensor image, Precision precision)
    {
        using var noGradients = no_grad();
        var isPlain = Precision is null && precision == Networks.Precision.Float32;
        return isPlain || Passes(image, precision) is not { } passes ? ForwardByLibtorch(image) : passes.Forward(image);
    }

    /// <summary>The encoder's blocks.</summary>
    internal IEnumerable<Block> Encoder => conv_blocks_context.Cast<Block>();

    /// <summary>The steps of the decoder, coarsest first.</summary>
    internal IEnumerable<(Block Block, (ConvTranspose3d Module, Shape3 Stride) UpSampling, Conv3d Output)> Decoder =>
        conv_blocks_localization.Select((block, u) => (
            (Block)block, ((ConvTranspose3d)tu[u], _plan.PoolKernels[^(u + 1)]), (Conv3d)seg_outputs[u]));

    /// <summary>The blocks in the order of an architecture: encoder stages, then decoder stages.</summary>
    internal IEnumerable<Block> Blocks => conv_blocks_context.Concat(conv_blocks_localization).Cast<Block>();

    /// <summary>Checks that a loop trains what its options say.</summary>
    /// <exception cref="ArgumentException">The options name another unit than that of the network.</exception>
    internal void RequireUnit(UnitFactory? ofOptions)
    {
        if (Unit != (ofOptions ?? UnitFactory.Published))
        {
            throw new ArgumentException(
                $"The network consists of the unit {Unit.Name}, and the options name {(ofOptions ?? UnitFactory.Published).Name}; create the network with the unit of the options.");
        }
    }

    /// <summary>What the network costs on a batch.</summary>
    /// <param name="patch">Voxels of a patch.</param>
    /// <param name="batch">Patches.</param>
    internal NetworkCost Cost(Shape3 patch, int batch) => Cost(_plan with { PatchSize = patch, BatchSize = batch });

    private protected abstract NetworkCost Cost(Plan plan);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        foreach (var passes in _passes?.Values.Where(passes => passes.IsValueCreated) ?? []) // none where a constructor threw before
        {
            passes.Value.Dispose();
        }

        base.Dispose(disposing);
    }

    private INetworkPasses? Passes(Tensor image, Precision? precision) =>
        precision is { } wanted && ArithmeticOn(image.device, wanted) is { Engine: { } engine, Precision: var effective }
            ? _passes.GetOrAdd((engine, effective), _ => new(() => engine.Prepare(this, effective))).Value
            : null;

    private Tensor[] ForwardByLibtorch(Tensor image)
    {
        using var scope = NewDisposeScope();
        var skips = new Stack<Tensor>();
        var features = image;
        foreach (var block in conv_blocks_context)
        {
            features = block.forward(features);
            skips.Push(features);
        }

        skips.Pop(); // the output of the bottleneck is not a skip
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

    private static Module<Tensor, Tensor> UpSampling(int from, int to, Shape3 pool)
    {
        var kernel = (pool.Z, pool.Y, pool.X);
        return ConvTranspose3d(from, to, kernel, kernel, bias: false);
    }
}

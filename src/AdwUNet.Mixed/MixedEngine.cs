using AdwUNet.Architectures;
using AdwUNet.Networks;
using AdwUNet.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Mixed;

/// <summary>
/// Computes networks by libtorch's operations, in bfloat16, float16 or float32, and keeps only the outputs of convolutions for the backward pass. For
/// GPUs: on a CPU, libtorch's convolutions in 16 bits are slow.
/// </summary>
/// <param name="everywhere">Whether it computes on CPUs, too, for tests.</param>
internal sealed class MixedEngine(bool everywhere) : IEngine
{
    /// <summary>The environment variable that sets <see cref="ChannelsLast"/> when it is 1.</summary>
    public const string ChannelsLastVariable = "ADWUNET_CHANNELS_LAST";

    private static readonly Version WithBFloat16 = new(8, 0);
    private static readonly Version WithFloat16 = new(7, 0); // the first with tensor cores

    /// <summary>Creates the engine for GPUs.</summary>
    public MixedEngine()
        : this(everywhere: false)
    {
    }

    /// <summary>
    /// Whether feature maps have the channels of a voxel side by side in memory. cuDNN's convolutions can then be faster, while the norms, which are computed by
    /// groups of channels, read scattered values. <c>environment/check-gpu.cs</c> measures both.
    /// </summary>
    public bool ChannelsLast { get; init; } = Environment.GetEnvironmentVariable(ChannelsLastVariable) == "1";

    /// <inheritdoc/>
    public string Name => ChannelsLast ? "libtorch with recomputed norms, channels last" : "libtorch with recomputed norms";

    /// <inheritdoc/>
    public IFusedSteps? FusedSteps { get; } = new MultiTensorSteps(everywhere);

    /// <inheritdoc/>
    public double? StepBytes(EncoderDecoder network, NetworkCost cost, Plan plan, Precision precision, Device device) =>
        network.Blocks.SelectMany(block => block.Units).All(unit => unit.Description is not null)
            ? MixedStepMemory.Of(cost, plan, precision, device.type == DeviceType.CPU).All
            : null; // autograd keeps what units of one's own need

    /// <inheritdoc/>
    public bool Serves(DeviceType device) => everywhere || device == DeviceType.CUDA;

    /// <inheritdoc/>
    public string? Declines(EncoderDecoder network, Device device) =>
        network.Blocks.SelectMany(block => block.Units).Select(Declines).FirstOrDefault(reason => reason is not null);

    /// <inheritdoc/>
    public Precision Effective(Precision wanted, Device device) =>
        device.type == DeviceType.CUDA ? OnCard(wanted, CudaCapability.Of(Math.Max(device.index, 0)))
            : wanted == Precision.Auto ? Precision.Float32 : wanted;

    /// <inheritdoc/>
    public INetworkPasses Prepare(EncoderDecoder network, Precision precision) => new MixedPasses(network, Formats.Of(precision) with { ChannelsLast = ChannelsLast });

    /// <summary>The effective precision on a card.</summary>
    /// <param name="wanted">The wanted precision.</param>
    /// <param name="capability">The compute capability of the card; null if it is not known.</param>
    internal static Precision OnCard(Precision wanted, Version? capability) => wanted switch
    {
        Precision.Auto => capability >= WithBFloat16 ? Precision.BFloat16 : capability >= WithFloat16 ? Precision.Float16 : Precision.Float32,
        Precision.BFloat16 => capability >= WithBFloat16 ? Precision.BFloat16 : Precision.Float32,
        _ => wanted,
    };

    private static string? Declines(ConvolutionUnit unit) => unit.Description switch
    {
        null when !Autocast.IsThere => $"The engine computes the unit {unit.GetType().Name} by autocast, which this libtorch does not export",
        { MaskPlacement: not (MaskPlacement.BeforeNorm or MaskPlacement.AfterActivation) } other => $"The engine does not know the mask placement {other.MaskPlacement}",
        _ => null,
    };
}

using AdwUNet.Architectures;
using AdwUNet.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Networks;

/// <summary>
/// Computes the passes of whole networks with kernels of its own. A network has at most one engine, chosen when the network is created. The engine
/// accepts or declines the network that it is shown; libtorch computes what it declines.
/// </summary>
internal interface IEngine
{
    /// <summary>What computes, as the end of "float32 by ...".</summary>
    string Name { get; }

    /// <summary>Whether the engine computes on a kind of device. The first engine that does is asked.</summary>
    bool Serves(DeviceType device);

    /// <summary>Why the engine declines a network on a device; null if it accepts.</summary>
    /// <param name="network">The network, whose units describe themselves.</param>
    /// <param name="device">The device of the network.</param>
    string? Declines(EncoderDecoder network, Device device);

    /// <summary>The precision in which the engine computes an accepted network on a device.</summary>
    Precision Effective(Precision wanted, Device device);

    /// <summary>Prepares the passes of an accepted network.</summary>
    /// <param name="network">The network.</param>
    /// <param name="precision">A result of <see cref="Effective"/>.</param>
    INetworkPasses Prepare(EncoderDecoder network, Precision precision);

    /// <summary>About how many bytes a step of an accepted network takes, weights and optimizer included; null if the engine does not know.</summary>
    double? StepBytes(EncoderDecoder network, NetworkCost cost, Plan plan, Precision precision, Device device);

    /// <summary>The steps of the published optimizers over all parameters at once; null if the engine has none.</summary>
    IFusedSteps? FusedSteps { get; }
}

/// <summary>The passes of one network in one precision. Calls from several threads run one after the other.</summary>
internal interface INetworkPasses : IDisposable
{
    /// <summary>Computes logits without gradients, finest first.</summary>
    Tensor[] Forward(Tensor image);

    /// <summary>Computes a loss of the logits; replaces the gradients of all parameters that require one.</summary>
    Tensor Backward(Tensor image, Func<Tensor[], Tensor> loss);
}

/// <summary>Finds the engines of this process.</summary>
internal static class Engines
{
    /// <summary>The engines of the libraries that are referenced.</summary>
    public static IReadOnlyList<IEngine> All { get; } =
    [
        .. new[] { Type.GetType("AdwUNet.Cpu.CpuEngine, AdwUNet.Cpu", throwOnError: false), Type.GetType("AdwUNet.Mixed.MixedEngine, AdwUNet.Mixed", throwOnError: false) }
            .Select(Make).OfType<IEngine>(),
    ];

    /// <summary>The fused steps that compute on all these tensors; null if there are none.</summary>
    public static IFusedSteps? FusedSteps(IEnumerable<Tensor> tensors) =>
        All.Select(engine => engine.FusedSteps).FirstOrDefault(steps => steps is not null && tensors.All(steps.Serves));

    private static IEngine? Make(Type? type) => type is null ? null : (IEngine?)Activator.CreateInstance(type);
}

/// <summary>How a network computes on a device: the precision, and by what.</summary>
public sealed record Arithmetic
{
    internal Arithmetic(Precision precision, IEngine? engine, string? declined) => (Precision, Engine, Declined) = (precision, engine, declined);

    /// <summary>The effective precision: float32, bfloat16 or float16.</summary>
    public Precision Precision { get; }

    /// <summary>Why no engine computes the network, as a sentence without its full stop; null where one does, or none was asked.</summary>
    public string? Declined { get; }

    /// <summary>What computes; null for libtorch.</summary>
    internal IEngine? Engine { get; }

    /// <summary>libtorch in float32. libtorch has no fast bfloat16 convolutions on a CPU.</summary>
    internal static Arithmetic Libtorch(string? declined = null) => new(Precision.Float32, null, declined);

    /// <summary>For a run's configuration, such as <c>bfloat16 by kernels made for this processor</c>.</summary>
    public override string ToString() => $"{Precision.ToString().ToLowerInvariant()} by {Engine?.Name ?? "libtorch"}";
}

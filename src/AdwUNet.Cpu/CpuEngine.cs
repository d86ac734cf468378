using AdwUNet.Architectures;
using AdwUNet.Networks;
using AdwUNet.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Cpu;

/// <summary>Computes networks of published units on processors with AVX-512, in float32 or bfloat16, or with AVX2 and FMA, in float32.</summary>
internal sealed class CpuEngine : IEngine
{
    /// <inheritdoc/>
    public string Name => CpuFeatures.Avx512 ? "kernels made for this processor" : "kernels made for this processor (AVX2)";

    /// <inheritdoc/>
    public IFusedSteps FusedSteps { get; } = new OptimizerKernels();

    /// <inheritdoc/>
    public double? StepBytes(EncoderDecoder network, NetworkCost cost, Plan plan, Precision precision, Device device) => null;

    /// <inheritdoc/>
    public bool Serves(DeviceType device) => device == DeviceType.CPU;

    /// <inheritdoc/>
    public string? Declines(EncoderDecoder network, Device device)
    {
        if (!CpuFeatures.Kernels)
        {
            return "The engine needs a processor with AVX-512 or AVX2 on Linux";
        }

        return network.Blocks.SelectMany(block => block.Units).Select(Declines).FirstOrDefault(reason => reason is not null);
    }

    /// <inheritdoc/>
    public Precision Effective(Precision wanted, Device device)
    {
        var isBFloat16 = wanted switch
        {
            Precision.BFloat16 => CpuFeatures.BFloat16,
            Precision.Auto => CpuFeatures.FastBFloat16,
            _ => false,
        };
        return isBFloat16 ? Precision.BFloat16 : Precision.Float32;
    }

    /// <inheritdoc/>
    public INetworkPasses Prepare(EncoderDecoder network, Precision precision) =>
        precision == Precision.BFloat16 ? new NetworkPasses<BFloat16Format>(network) : new NetworkPasses<Float32Format>(network);

    private static string? Declines(ConvolutionUnit unit) => unit.Description switch
    {
        null => $"The engine does not know the unit {unit.GetType().Name}",
        { NegativeSlope: not ConvUnit.NegativeSlope } other => $"The engine does not know LeakyReLU with the slope {other.NegativeSlope}",
        { Norm.Epsilon: not InstanceNormalization.PublishedEpsilon } other => $"The engine does not know an instance norm with the epsilon {other.Norm.Epsilon}",
        { MaskPlacement: not (MaskPlacement.BeforeNorm or MaskPlacement.AfterActivation) } other => $"The engine does not know the mask placement {other.MaskPlacement}",
        _ => null,
    };
}

using AdwUNet.Cpu;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Networks;

/// <summary>What a wanted <see cref="Precision"/> comes to on a device of this machine.</summary>
/// <param name="Precision">float32 or bfloat16.</param>
/// <param name="ByKernels">Whether kernels assembled for this CPU compute, else libtorch.</param>
internal sealed record Arithmetic(Precision Precision, bool ByKernels)
{
    /// <summary>What a network uses: bfloat16 only by kernels, for libtorch has no fast way for it on a CPU.</summary>
    public static Arithmetic Of(Precision wanted, Device device)
    {
        var kernels = device.type == DeviceType.CPU && CpuFeatures.Kernels;
        var isBFloat16 = kernels && wanted switch
        {
            Precision.BFloat16 => CpuFeatures.BFloat16,
            Precision.Auto => CpuFeatures.FastBFloat16,
            _ => false,
        };
        return new(isBFloat16 ? Precision.BFloat16 : Precision.Float32, kernels);
    }

    /// <summary>For a run's configuration.</summary>
    public override string ToString() =>
        $"{(Precision == Precision.BFloat16 ? "bfloat16" : "float32")} by {(ByKernels ? "kernels made for this processor" : "libtorch")}";
}

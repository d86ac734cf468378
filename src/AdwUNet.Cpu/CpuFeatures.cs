using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace AdwUNet.Cpu;

/// <summary>What this processor can do that decides how networks are computed on it.</summary>
internal static class CpuFeatures
{
    private const int ExtendedFeatures = 7; // CPUID leaf; bits as in Intel's and AMD's manuals
    private const int BFloat16Bit = 5; // leaf 7, subleaf 1, EAX

    /// <summary>
    /// Whether kernels assembled at run time can be used: AVX-512 on Linux, whose calling convention and memory calls they are written for,
    /// and a system that lets a program make code.
    /// </summary>
    public static bool Kernels { get; } =
        OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64 && Avx512BW.IsSupported && Avx512F.VL.IsSupported
        && MachineCode.CanBeMade();

    /// <summary>Whether it multiplies bfloat16 numbers (AVX512-BF16, which every processor with AMX-BF16 has too).</summary>
    public static bool BFloat16 { get; } = Avx512F.IsSupported && HasBFloat16();

    /// <summary>Whether kernels make clearly more products a second in bfloat16 than in float32; timed when it is first asked for.</summary>
    public static bool FastBFloat16 => Fast.Value;

    private static Lazy<bool> Fast { get; } = new(() =>
    {
        if (!Kernels || !BFloat16)
        {
            return false;
        }

        var (float32, bfloat16) = ProductRate.Measure();
        return ProductRate.IsFaster(float32, bfloat16);
    });

    private static bool HasBFloat16() =>
        X86Base.CpuId(0, 0).Eax >= ExtendedFeatures
        && X86Base.CpuId(ExtendedFeatures, 0).Eax >= 1
        && (X86Base.CpuId(ExtendedFeatures, 1).Eax & (1 << BFloat16Bit)) != 0;
}

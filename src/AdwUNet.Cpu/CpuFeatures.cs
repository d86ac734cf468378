using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace AdwUNet.Cpu;

/// <summary>Features of the processor that decide whether and how the kernels compute networks.</summary>
internal static class CpuFeatures
{
    private const int ExtendedFeatures = 7; // CPUID leaf; see the manuals of Intel and AMD
    private const int BFloat16Bit = 5; // leaf 7, subleaf 1, EAX

    /// <summary>
    /// Whether the kernels use the instructions and registers of AVX-512; otherwise those of AVX2 and FMA, for float32 alone. .NET's switch
    /// <c>DOTNET_EnableAVX512=0</c> turns them off.
    /// </summary>
    public static bool Avx512 { get; } = Avx512BW.IsSupported && Avx512F.VL.IsSupported;

    /// <summary>
    /// Whether the kernels run here. They need AVX-512, or AVX2 and FMA; Linux (System V calling convention, <c>mmap</c>); and permission to make
    /// memory executable.
    /// </summary>
    public static bool Kernels { get; } =
        OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64 && (Avx512 || (Avx2.IsSupported && Fma.IsSupported))
        && MachineCode.CanBeMade();

    /// <summary>Whether the processor multiplies bfloat16 numbers (AVX512-BF16). Every processor with AMX-BF16 does.</summary>
    public static bool BFloat16 { get; } = Avx512F.IsSupported && HasBFloat16();

    /// <summary>Whether bfloat16 kernels have a clearly higher multiply-add throughput than float32 kernels; measured on first use.</summary>
    public static bool FastBFloat16 => Fast.Value;

    private static Lazy<bool> Fast { get; } = new(() =>
    {
        if (!Kernels || !BFloat16)
        {
            return false;
        }

        var (float32, bfloat16) = FmaThroughput.Measure();
        return FmaThroughput.IsFaster(float32, bfloat16);
    });

    private static bool HasBFloat16() =>
        X86Base.CpuId(0, 0).Eax >= ExtendedFeatures
        && X86Base.CpuId(ExtendedFeatures, 0).Eax >= 1
        && (X86Base.CpuId(ExtendedFeatures, 1).Eax & (1 << BFloat16Bit)) != 0;
}

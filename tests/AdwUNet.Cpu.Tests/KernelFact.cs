using System.Runtime.CompilerServices;

namespace AdwUNet.Cpu.Tests;

/// <summary>A test that is skipped on processors that do not run the kernels.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class KernelFactAttribute : FactAttribute
{
    public KernelFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
        : base(file, line) =>
        (Skip, SkipType, SkipUnless) = ("the kernels need AVX-512 or AVX2 on Linux", typeof(CpuFeatures), nameof(CpuFeatures.Kernels));
}

/// <summary>A test of loops over bfloat16 values, which is skipped on processors without AVX-512.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class Avx512FactAttribute : FactAttribute
{
    public Avx512FactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
        : base(file, line) =>
        (Skip, SkipType, SkipUnless) = ("loops over bfloat16 values need AVX-512 on Linux", typeof(Avx512FactAttribute), nameof(IsSupported));

    public static bool IsSupported => CpuFeatures.Kernels && CpuFeatures.Avx512;
}

/// <summary>A test that is skipped on processors that do not multiply bfloat16 values.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class BFloat16FactAttribute : FactAttribute
{
    public BFloat16FactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
        : base(file, line) =>
        (Skip, SkipType, SkipUnless) = ("the kernels need AVX-512 on Linux, and AVX512-BF16", typeof(BFloat16FactAttribute), nameof(IsSupported));

    public static bool IsSupported => CpuFeatures.Kernels && CpuFeatures.BFloat16;
}

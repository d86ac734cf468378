using System.Runtime.CompilerServices;

namespace AdwUNet.Cpu.Tests;

/// <summary>A test that is skipped on processors that do not run the kernels.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class KernelFactAttribute : FactAttribute
{
    public KernelFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
        : base(file, line) =>
        (Skip, SkipType, SkipUnless) = ("the kernels need AVX-512 on Linux", typeof(CpuFeatures), nameof(CpuFeatures.Kernels));
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

using AdwUNet.Networks;
using AdwUNet.Tests;
using static TorchSharp.torch;

namespace AdwUNet.Cpu.Tests;

/// <summary>The kernels for AVX2. On a processor with AVX-512, the tests of this assembly run once more in a process whose .NET does not use it.</summary>
public sealed class Avx2Tests
{
    [Fact]
    public void Kernels_for_AVX2_pass_the_tests_of_the_kernels_for_AVX_512()
    {
        Assert.SkipUnless(CpuFeatures.Kernels && WithoutAvx512.IsOther, "without AVX-512, every test of a kernel is one of the kernels for AVX2");
        var output = WithoutAvx512.Run("-class-", typeof(Avx2Tests).FullName!);
        Assert.DoesNotContain(nameof(Avx2OnlyTests), output, StringComparison.Ordinal); // it would be named if it were skipped
    }
}

/// <summary>What holds only where the kernels use AVX2.</summary>
public sealed class Avx2OnlyTests
{
    [Fact]
    public void The_engine_computes_in_float32_and_its_name_says_AVX2()
    {
        Assert.SkipUnless(CpuFeatures.Kernels && !CpuFeatures.Avx512, "the kernels use AVX-512");
        var engine = new CpuEngine();
        Assert.Equal("kernels made for this processor (AVX2)", engine.Name);
        Assert.All([Precision.Float32, Precision.BFloat16, Precision.Auto], wanted => Assert.Equal(Precision.Float32, engine.Effective(wanted, CPU)));
    }
}

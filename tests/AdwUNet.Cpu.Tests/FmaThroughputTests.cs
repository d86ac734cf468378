using AdwUNet.Networks;
using static TorchSharp.torch;

namespace AdwUNet.Cpu.Tests;

/// <summary>The measurement of the multiply-add throughput, and the choice of the precision Auto. No test checks a speed.</summary>
public sealed class FmaThroughputTests
{
    [Fact]
    public void Both_rates_are_positive_and_finite()
    {
        Assert.SkipUnless(CpuFeatures.Kernels && CpuFeatures.BFloat16, "the kernels need AVX-512 on Linux, and AVX512-BF16");
        var (float32, bfloat16) = FmaThroughput.Measure();
        Assert.All([float32, bfloat16], rate => Assert.True(double.IsFinite(rate) && rate > 0, $"{rate} multiply-adds per second"));
    }

    [Theory]
    [InlineData(1, 2, true)]
    [InlineData(1, 0.5, false)]
    [InlineData(1, 1, false)]
    public void Bfloat16_is_chosen_only_if_it_is_clearly_faster(double float32, double bfloat16, bool faster) =>
        Assert.Equal(faster, FmaThroughput.IsFaster(float32, bfloat16));

    [Fact]
    public void Auto_is_float32_without_a_bfloat16_instruction()
    {
        Assert.SkipWhen(CpuFeatures.BFloat16, "the processor has AVX512-BF16");
        Assert.Equal(Precision.Float32, new CpuEngine().Effective(Precision.Auto, CPU));
    }
}

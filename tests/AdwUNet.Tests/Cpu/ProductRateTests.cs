using AdwUNet.Cpu;
using AdwUNet.Networks;
using static TorchSharp.torch;

namespace AdwUNet.Tests.Cpu;

/// <summary>That this processor's products are timed, and what the precision Auto makes of it. How fast they are no test says.</summary>
public sealed class ProductRateTests
{
    [Fact]
    public void Both_kinds_of_products_are_timed()
    {
        Assert.SkipUnless(CpuFeatures.Kernels && CpuFeatures.BFloat16, "the processor does not multiply bfloat16");
        var (float32, bfloat16) = ProductRate.Measure();
        Assert.All([float32, bfloat16], rate => Assert.True(double.IsFinite(rate) && rate > 0, $"{rate} products a second"));
    }

    [Theory]
    [InlineData(1, 2, true)]
    [InlineData(1, 0.5, false)]
    [InlineData(1, 1, false)]
    public void Bfloat16_is_worth_its_digits_only_where_it_is_clearly_faster(double float32, double bfloat16, bool faster) =>
        Assert.Equal(faster, ProductRate.IsFaster(float32, bfloat16));

    [Fact]
    public void Without_an_instruction_for_bfloat16_Auto_is_float32()
    {
        Assert.SkipWhen(CpuFeatures.BFloat16, "the processor multiplies bfloat16");
        Assert.Equal(Precision.Float32, new CpuEngine().Effective(Precision.Auto));
    }
}

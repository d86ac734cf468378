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
        Assert.SkipUnless(CpuFeatures.Kernels, "kernels are made for AVX-512 on Linux");
        double[] rates = CpuFeatures.BFloat16 ? [ProductRate.Float32(), ProductRate.BFloat16()] : [ProductRate.Float32()];
        Assert.All(rates, rate => Assert.True(double.IsFinite(rate) && rate > 0, $"{rate} products a second"));
    }

    [Fact]
    public void Auto_is_bfloat16_only_where_that_is_faster()
    {
        var auto = Arithmetic.Of(Precision.Auto, CPU).Precision;
        Assert.Equal(CpuFeatures.FastBFloat16 ? Precision.BFloat16 : Precision.Float32, auto);
        if (!CpuFeatures.BFloat16) Assert.Equal(Precision.Float32, auto);
    }
}

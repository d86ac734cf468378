using AdwUNet.Cpu;
using AdwUNet.Networks;
using static TorchSharp.torch;

namespace AdwUNet.Tests.Cpu;

/// <summary>How fast this processor multiplies, and what the precision Auto makes of it.</summary>
public sealed class ProductRateTests
{
    // Any core since AVX-512 makes between 1 and 64 products a nanosecond in float32, and between a quarter and four times as many in bfloat16.
    private const double Slow = 1e9;
    private const double Quick = 300e9;

    [Fact]
    public void A_core_makes_a_plausible_number_of_products_a_second()
    {
        Assert.SkipUnless(CpuFeatures.Kernels, "kernels are made for AVX-512 on Linux");
        Assert.InRange(ProductRate.Float32(), Slow, Quick);
        if (CpuFeatures.BFloat16) Assert.InRange(ProductRate.BFloat16() / ProductRate.Float32(), 0.2, 5);
    }

    [Fact]
    public void Auto_is_bfloat16_only_where_that_is_faster()
    {
        var auto = Arithmetic.Of(Precision.Auto, CPU).Precision;
        Assert.Equal(CpuFeatures.FastBFloat16 ? Precision.BFloat16 : Precision.Float32, auto);
        if (!CpuFeatures.BFloat16) Assert.Equal(Precision.Float32, auto);
    }
}

using AdwUNet.Architectures;
using AdwUNet.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Mixed.Tests;

/// <summary>Which engine computes on which device, and in which precision.</summary>
public sealed class MixedEngineTests
{
    [Theory]
    [InlineData(Precision.Auto, "9.0", Precision.BFloat16)]
    [InlineData(Precision.Auto, "8.0", Precision.BFloat16)]
    [InlineData(Precision.Auto, "7.5", Precision.Float16)]
    [InlineData(Precision.Auto, "6.1", Precision.Float32)]
    [InlineData(Precision.Auto, null, Precision.Float32)] // the driver does not say
    [InlineData(Precision.BFloat16, "8.6", Precision.BFloat16)]
    [InlineData(Precision.BFloat16, "7.5", Precision.Float32)]
    [InlineData(Precision.Float16, "9.0", Precision.Float16)]
    [InlineData(Precision.Float32, "9.0", Precision.Float32)]
    public void The_compute_capability_of_the_card_decides_the_precision(Precision wanted, string? capability, Precision effective) =>
        Assert.Equal(effective, MixedEngine.OnCard(wanted, capability is null ? null : Version.Parse(capability)));

    [Fact]
    public void Each_device_has_its_engine()
    {
        using var network = new DerivedUNet(SmallPlans.Of("even"), SmallPlans.Architecture);
        Assert.EndsWith(" by libtorch with recomputed norms", network.ArithmeticOn(new Device(DeviceType.CUDA), Precision.BFloat16).ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("recomputed", network.ArithmeticOn(CPU, Precision.Float32).ToString(), StringComparison.Ordinal);
        Assert.Equal("float32 by libtorch", network.ArithmeticOn(new Device(DeviceType.CUDA)).ToString()); // no precision is asked for
    }

    [Fact]
    public void Without_an_engine_for_a_device_libtorch_computes_and_the_run_says_why()
    {
        using var network = new DerivedUNet(SmallPlans.Of("even"), SmallPlans.Architecture) { Precision = Precision.BFloat16, Engines = [new MixedEngine()] };
        Assert.Equal(("float32 by libtorch", "No engine for CPU is referenced"), (network.ArithmeticOn(CPU).ToString(), network.ArithmeticOn(CPU).Declined));
    }

    [Fact]
    public void A_mask_placement_that_is_not_known_is_declined()
    {
        var space = SmallPlans.Space(Family.AdwUNet) with { MaskPlacement = (MaskPlacement)2 };
        using var network = new Supernet(SmallPlans.Of("even"), space) { Precision = Precision.BFloat16 };
        Assert.Equal("The engine does not know the mask placement 2", network.ArithmeticOn(new Device(DeviceType.CUDA)).Declined);
    }
}

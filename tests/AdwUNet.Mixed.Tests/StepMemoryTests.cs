using AdwUNet.Architectures;
using AdwUNet.Imaging;
using AdwUNet.Native;
using AdwUNet.Networks;
using AdwUNet.Tests.Networks;
using static TorchSharp.torch;

namespace AdwUNet.Mixed.Tests;

/// <summary>What libtorch's allocator gives out in a step against the estimate. tests/Benchmarks/MIXED.md has larger networks.</summary>
public sealed class StepMemoryTests
{
    private const double Tolerance = 0.1;

    [Theory]
    [InlineData(Precision.Float32, 12, 3)]
    [InlineData(Precision.BFloat16, 12, 3)]
    [InlineData(Precision.Float32, 24, 2)]
    [InlineData(Precision.BFloat16, 24, 2)]
    public void A_step_takes_what_the_estimate_says(Precision precision, int width, int depth)
    {
        Assert.SkipWhen(LibtorchHook.Missing is not null, LibtorchHook.Missing ?? "");
        using var scope = NewDisposeScope();
        var plan = SmallPlans.Of("even") with { PatchSize = Shape3.Cube(40) };
        var space = SmallPlans.Space(Family.AdwUNet) with { BaseWidth = width, MaxWidth = 2 * width, MaxDepth = depth };
        var (image, targets) = NetworkGradients.Batch(plan);
        using var network = new Supernet(plan, space, 1) { Precision = precision, Engines = [new MixedEngine(everywhere: true)] };
        void Step() => network.Backward(image, logits => NetworkGradients.Loss(plan).Forward(logits, targets)).Dispose();
        Step(); // makes the gradients of the weights
        using var meter = new AllocationMeter();
        Step();
        var estimate = MixedStepMemory.Of(NetworkCost.Of(space, plan), plan, precision, isOnCpu: true).Step;
        TestContext.Current.TestOutputHelper!.WriteLine($"{AllocationMeter.Peak} allocated, {estimate} estimated");
        Assert.InRange(estimate / (double)AllocationMeter.Peak, 1 - Tolerance, 1 + Tolerance);
    }
}

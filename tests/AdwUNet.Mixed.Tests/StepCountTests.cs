using AdwUNet.Architectures;
using AdwUNet.Native;
using AdwUNet.Networks;
using AdwUNet.Sampling;
using AdwUNet.Tests.Networks;
using static TorchSharp.torch;

namespace AdwUNet.Mixed.Tests;

/// <summary>What a step asks of a GPU, counted on the CPU.</summary>
public sealed class StepCountTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_step_reads_nothing_and_the_optimizers_take_a_few_operations(bool isOnWeights)
    {
        Assert.SkipWhen(LibtorchHook.Missing is not null, LibtorchHook.Missing ?? "");
        using var scope = NewDisposeScope();
        var plan = SmallPlans.Of("even");
        var (image, targets) = NetworkGradients.Batch(plan);
        var batch = new Batch(image, targets);
        Supernet New() => new(plan, SmallPlans.Space(Family.AdwUNet), 1) { Precision = Precision.BFloat16, Engines = [new MixedEngine(everywhere: true)] };
        using var ours = New();
        using var theirs = New();
        var (library, torchSharp) = (StepCounts.OfLibrary(ours, batch, isOnWeights), StepCounts.OfTorchSharp(theirs, batch, isOnWeights));
        TestContext.Current.TestOutputHelper!.WriteLine($"{library}; {torchSharp}");
        Assert.Equal(0, library.Reads);
        Assert.Equal(1, library.Copies); // the noise
        Assert.InRange(torchSharp.Reads, 1, int.MaxValue); // the counter sees them
        var parameters = ours.parameters().Count();
        Assert.InRange(library.Operations, 1, torchSharp.Operations - (2 * (isOnWeights ? parameters : ours.ArchitectureParameters.Count)));
    }
}

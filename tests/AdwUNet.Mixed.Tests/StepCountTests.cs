using AdwUNet.Native;

namespace AdwUNet.Mixed.Tests;

/// <summary>What a step asks of a GPU, counted on the CPU. tests/Benchmarks/MIXED.md has the numbers.</summary>
public sealed class StepCountTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_step_reads_nothing_and_the_optimizers_take_a_few_operations(bool isOnWeights)
    {
        Assert.SkipWhen(LibtorchHook.Missing is not null, LibtorchHook.Missing ?? "");
        var (library, torchSharp, parameters) = SmallSteps.Count(isOnWeights);
        Assert.Equal(0, library.Reads);
        Assert.Equal(1, library.Copies); // the noise
        Assert.InRange(torchSharp.Reads, 1, int.MaxValue); // the counter sees them
        Assert.InRange(library.Operations, 1, torchSharp.Operations - (2 * parameters));
    }
}

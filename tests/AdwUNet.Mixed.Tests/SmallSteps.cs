using AdwUNet.Architectures;
using AdwUNet.Native;
using AdwUNet.Networks;
using AdwUNet.Sampling;
using AdwUNet.Tests.Networks;
using static TorchSharp.torch;

namespace AdwUNet.Mixed.Tests;

/// <summary>What a step of a small supernet in bfloat16 asks of libtorch, by the library and by TorchSharp's own clipping and optimizers.</summary>
internal static class SmallSteps
{
    /// <summary>Counts both, and the parameters that the step changes.</summary>
    public static (StepCounts Library, StepCounts TorchSharp, int Parameters) Count(bool isOnWeights)
    {
        using var scope = NewDisposeScope();
        var plan = SmallPlans.Of("even");
        var (image, targets) = NetworkGradients.Batch(plan);
        var batch = new Batch(image, targets);
        Supernet New() => new(plan, SmallPlans.Space(Family.AdwUNet), 1) { Precision = Precision.BFloat16, Engines = [new MixedEngine(everywhere: true)] };
        using var ours = New();
        using var theirs = New();
        return (
            StepCounts.OfLibrary(ours, batch, isOnWeights), StepCounts.OfTorchSharp(theirs, batch, isOnWeights),
            (isOnWeights ? ours.WeightParameters : ours.ArchitectureParameters).Count);
    }
}

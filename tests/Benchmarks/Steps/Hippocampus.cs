using AdwUNet.Augmentation;
using AdwUNet.Imaging;
using AdwUNet.Planning;
using AdwUNet.Sampling;
using static TorchSharp.torch;

namespace AdwUNet.Benchmarks.Steps;

/// <summary>The plan of Task04_Hippocampus with two patches a batch, and a batch for it.</summary>
internal static class Hippocampus
{
    public static Plan Plan { get; } = new()
    {
        Dataset = "Task04_Hippocampus",
        Modalities = ["MRI"],
        Classes = ["background", "anterior", "posterior"],
        AxisOrder = [0, 1, 2],
        Spacing = new(1, 1, 1),
        MedianShape = new(36, 50, 35),
        PatchSize = new(40, 56, 40),
        BatchSize = 2,
        PoolKernels = [Shape3.Cube(2), Shape3.Cube(2), Shape3.Cube(2)],
        ConvKernels = [Shape3.Cube(3), Shape3.Cube(3), Shape3.Cube(3), Shape3.Cube(3)],
        Normalization = [new(NormalizationScheme.ZScore)],
        BatchDice = false,
        InPlaneAugmentation = false,
    };

    /// <summary>Noise as image and slabs as labels; the time of a step does not depend on them.</summary>
    public static Batch Batch(Plan plan)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var patch = plan.PatchSize;
        var image = randn([plan.BatchSize, plan.Modalities.Count, patch.Z, patch.Y, patch.X], generator: generator);
        var targets = DownsampledTargets.Shapes(patch, plan.PoolKernels).Select(shape =>
        {
            var slab = tensor([.. Enumerable.Range(0, shape.X).Select(x => (long)(x * plan.Classes.Count / shape.X))]);
            return slab.expand(plan.BatchSize, shape.Z, shape.Y, shape.X).contiguous().DetachFromDisposeScope();
        });
        return new Batch(image.DetachFromDisposeScope(), [.. targets]);
    }
}

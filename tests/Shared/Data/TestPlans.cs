using AdwUNet.Imaging;
using AdwUNet.Planning;

namespace AdwUNet.Tests.Planning;

/// <summary>Plans for tests.</summary>
internal static class TestPlans
{
    /// <summary>One MRI channel, two foreground classes, one pooling, axes as in the file.</summary>
    public static Plan Small(Spacing3 spacing) => new()
    {
        Dataset = "Small",
        Modalities = ["MRI"],
        Classes = ["background", "one", "two"],
        AxisOrder = [0, 1, 2],
        Spacing = spacing,
        MedianShape = new(20, 20, 20),
        PatchSize = new(16, 16, 16),
        BatchSize = 2,
        PoolKernels = [Shape3.Cube(2)],
        ConvKernels = [Shape3.Cube(3), Shape3.Cube(3)],
        Normalization = [new(NormalizationScheme.ZScore)],
        BatchDice = false,
        InPlaneAugmentation = false,
    };
}

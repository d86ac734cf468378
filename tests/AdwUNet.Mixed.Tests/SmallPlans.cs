using AdwUNet.Architectures;
using AdwUNet.Imaging;
using AdwUNet.Planning;
using AdwUNet.Tests.Planning;

namespace AdwUNet.Mixed.Tests;

/// <summary>Small plans of several shapes.</summary>
internal static class SmallPlans
{
    public static IReadOnlyList<string> Names => ["even", "flat", "two modalities"];

    public static Architecture Architecture => Architecture.FromWidths([[10, 24], [17, 32, 20], [40], [24, 16], [16]]);

    public static Plan Of(string name)
    {
        var two = Shape3.Cube(2);
        var small = TestPlans.Small(new(1, 1, 1)) with { PoolKernels = [two, two], ConvKernels = [.. Enumerable.Repeat(Shape3.Cube(3), 3)] };
        return name switch
        {
            "even" => small with { PatchSize = new(12, 16, 8) },
            "flat" => small with { PatchSize = new(5, 16, 12), PoolKernels = [new(1, 2, 2), new(1, 2, 2)], ConvKernels = [new(1, 3, 3), new(1, 3, 3), Shape3.Cube(3)], BatchSize = 3 },
            "two modalities" => small with { PatchSize = new(8, 12, 20), PoolKernels = [new(1, 2, 2), two], ConvKernels = [new(1, 3, 3), Shape3.Cube(3), Shape3.Cube(3)], Modalities = ["T1", "T2"], BatchSize = 1 },
            _ => throw new ArgumentOutOfRangeException(nameof(name)),
        };
    }

    public static SearchSpace Space(Family family) => new() { Family = family, BaseWidth = 12, MaxWidth = 24, MaxDepth = family == Family.AwUNet ? 2 : 3 };
}

using AdwUNet.Architectures;
using AdwUNet.Imaging;
using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Tests.Planning;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

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

/// <summary>A unit as a reader writes it in a cell: another activation, and the mask behind it.</summary>
internal sealed class SiluUnit : ConvolutionUnit
{
    private readonly Conv3d conv;
    private readonly InstanceNormalization norm;

    public SiluUnit(UnitSite site)
        : base(site)
    {
        (conv, norm) = (site.Convolution(), site.Norm());
        RegisterComponents();
    }

    protected override Tensor Compute(Tensor input, Tensor? mask)
    {
        var activated = functional.silu(norm.forward(conv.forward(input)));
        return mask is null ? activated : activated * mask;
    }
}

/// <summary>Another unit from a cell, with the mask before the norm.</summary>
internal sealed class MaskFirstUnit : ConvolutionUnit
{
    private readonly Conv3d conv;
    private readonly InstanceNormalization norm;

    public MaskFirstUnit(UnitSite site)
        : base(site)
    {
        (conv, norm) = (site.Convolution(), site.Norm());
        RegisterComponents();
    }

    protected override Tensor Compute(Tensor input, Tensor? mask)
    {
        var features = conv.forward(input);
        return functional.relu(norm.forward(mask is null ? features : features * mask));
    }
}

/// <summary>A unit that shows the type of its convolution's output.</summary>
internal sealed class TypesUnit : ConvolutionUnit
{
    private readonly Conv3d conv;

    public TypesUnit(UnitSite site)
        : base(site)
    {
        conv = site.Convolution();
        RegisterComponents();
    }

    public static Action<ScalarType> Seen { get; set; } = _ => { };

    protected override Tensor Compute(Tensor input, Tensor? mask)
    {
        var features = conv.forward(input);
        Seen(features.dtype);
        return functional.relu(features);
    }
}

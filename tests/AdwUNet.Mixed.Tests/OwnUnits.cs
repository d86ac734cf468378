using AdwUNet.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace AdwUNet.Mixed.Tests;

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

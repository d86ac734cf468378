using AdwUNet.Architectures;
using AdwUNet.Imaging;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AdwUNet.Networks;

/// <summary>A block as the parts that it computes: a chain of units and how much of each output it emits.</summary>
internal interface IUnitChain
{
    /// <summary>The units in order.</summary>
    IReadOnlyList<IConvolutionUnit> Units { get; }

    /// <summary>A weight for each unit's output, [units]; null where the block emits the last one. The caller disposes it.</summary>
    Tensor? SampleDepths();
}

/// <summary>A convolution unit as the parts that it computes.</summary>
internal interface IConvolutionUnit
{
    /// <summary>The convolution's kernel.</summary>
    Shape3 Kernel { get; }

    /// <summary>The convolution's stride.</summary>
    Shape3 Stride { get; }

    /// <summary>The convolution; its bias has no effect, for the norm follows.</summary>
    Conv3d Convolution { get; }

    /// <summary>The norm.</summary>
    InstanceNorm Norm { get; }

    /// <summary>Where the width mask is applied.</summary>
    MaskPlacement MaskPlacement { get; }

    /// <summary>A factor for each channel, [channels]; null for none. The caller disposes it.</summary>
    Tensor? SampleMask();
}

using AdwUNet.Architectures;
using AdwUNet.Cpu;
using AdwUNet.Imaging;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace AdwUNet.Networks;

/// <summary>Convolution → instance norm → LeakyReLU(0.01), all of one fixed width.</summary>
/// <remarks>What changes here changes in <see cref="CpuBlock{T}"/> too, which computes the same by kernels.</remarks>
internal sealed class ConvUnit : Module<Tensor, Tensor>, IConvolutionUnit
{
    internal const double NegativeSlope = Affine.LeakySlope;

    private readonly Conv3d conv;
    private readonly InstanceNorm instnorm;

    public ConvUnit(int inputWidth, int width, Shape3 kernel, Shape3 stride)
        : base(nameof(ConvUnit))
    {
        (Kernel, Stride) = (kernel, stride);
        conv = MakeConvolution(inputWidth, width, kernel, stride);
        instnorm = new InstanceNorm(width);
        RegisterComponents();
    }

    public Shape3 Kernel { get; }

    public Shape3 Stride { get; }

    public Conv3d Convolution => conv;

    public InstanceNorm Norm => instnorm;

    public MaskPlacement MaskPlacement => MaskPlacement.BeforeNorm; // there is no mask

    public Tensor? SampleMask() => null;

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var normalized = instnorm.forward(conv.forward(input));
        return normalized.leaky_relu_(Scalars.LeakySlope).MoveToOuterDisposeScope();
    }

    /// <summary>A convolution that keeps the size at stride 1: kernel 3 is padded by 1, kernel 1 by 0.</summary>
    internal static Conv3d MakeConvolution(int inputWidth, int width, Shape3 kernel, Shape3 stride) => Conv3d(
        inputWidth,
        width,
        (kernel.Z, kernel.Y, kernel.X),
        (stride.Z, stride.Y, stride.X),
        (kernel.Z / 2, kernel.Y / 2, kernel.X / 2));
}

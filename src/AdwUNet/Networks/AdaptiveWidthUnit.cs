using AdwUNet.Architectures;
using AdwUNet.Imaging;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace AdwUNet.Networks;

/// <summary>
/// A convolution unit of the largest width whose channels are weighed by how likely each is to be kept (paper section 3.1,
/// "AwBlock"): the mask is the mean of the width options' 0/1 masks, weighted by the Gumbel-softmax of <c>alphas</c>.
/// </summary>
internal sealed class AdaptiveWidthUnit : Module<Tensor, Tensor>, IConvolutionUnit
{
    private readonly string _fullName;
    private readonly GumbelSoftmax _choice;
    private readonly Parameter alphas;
    private readonly Tensor masks;
    private readonly Conv3d conv;
    private readonly InstanceNorm instnorm;

    public AdaptiveWidthUnit(
        string fullName, int inputWidth, IReadOnlyList<int> options, Shape3 kernel, Shape3 stride, MaskPlacement placement, GumbelSoftmax choice)
        : base(nameof(AdaptiveWidthUnit))
    {
        (_fullName, _choice, Options) = (fullName, choice, options);
        (MaskPlacement, Kernel, Stride) = (placement, kernel, stride);
        var width = options[^1];
        alphas = Parameter(zeros(options.Count));
        masks = stack([.. options.Select(option => (arange(width) < option).to(float32))]);
        conv = ConvUnit.MakeConvolution(inputWidth, width, kernel, stride);
        instnorm = new InstanceNorm(width);
        RegisterComponents();
    }

    /// <summary>The widths that the alphas choose from.</summary>
    public IReadOnlyList<int> Options { get; }

    public Parameter Alphas => alphas;

    public Shape3 Kernel { get; }

    public Shape3 Stride { get; }

    public MaskPlacement MaskPlacement { get; }

    public Conv3d Convolution => conv;

    public InstanceNorm Norm => instnorm;

    public Tensor SampleMask()
    {
        using var scope = NewDisposeScope();
        return _choice.Sample($"{_fullName}.{nameof(alphas)}", alphas).matmul(masks).MoveToOuterDisposeScope();
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var mask = SampleMask().view(1, -1, 1, 1, 1);
        var features = conv.forward(input);
        if (MaskPlacement == MaskPlacement.BeforeNorm)
        {
            var normalized = instnorm.forward(features * mask);
            return normalized.leaky_relu_(Scalars.LeakySlope).MoveToOuterDisposeScope();
        }

        var activated = instnorm.forward(features).leaky_relu_(Scalars.LeakySlope);
        return (activated * mask).MoveToOuterDisposeScope();
    }
}

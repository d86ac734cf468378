using AdwUNet.Imaging;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace AdwUNet.Benchmarks.Plain;

/// <summary>
/// The paper's convolution unit as one writes it down in PyTorch: convolution, width mask where width adapts, instance norm, LeakyReLU.
/// </summary>
internal sealed class PlainUnit : Module<Tensor, Tensor>
{
    private readonly PlainChoice _choice;
    private readonly Conv3d conv;
    private readonly InstanceNorm3d instnorm;
    private readonly LeakyReLU lrelu;
    private readonly Parameter? alphas;
    private readonly Tensor? masks;

    public PlainUnit(int inputWidth, int width, Shape3 kernel, Shape3 stride, bool adaptsWidth, PlainChoice choice)
        : base(nameof(PlainUnit))
    {
        _choice = choice;
        conv = Conv3d(inputWidth, width, (kernel.Z, kernel.Y, kernel.X), (stride.Z, stride.Y, stride.X), (kernel.Z / 2, kernel.Y / 2, kernel.X / 2));
        instnorm = InstanceNorm3d(width, affine: true);
        lrelu = LeakyReLU(0.01, inplace: true);
        if (adaptsWidth)
        {
            int[] options = [width / 3, width / 2, width * 2 / 3, width * 5 / 6, width];
            alphas = Parameter(zeros(options.Length));
            masks = stack(options.Select(option => (arange(width) < option).to(float32)));
        }

        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        x = conv.forward(x);
        if (alphas is not null)
        {
            var mask = _choice.Sample(alphas).matmul(masks!);
            x = x * mask.view(1, -1, 1, 1, 1);
        }

        return lrelu.forward(instnorm.forward(x));
    }
}

/// <summary>Gumbel-softmax, with fresh noise at every call.</summary>
internal sealed class PlainChoice
{
    public double Temperature { get; set; } = 5;

    /// <summary>Off only to compare a loss with another implementation's.</summary>
    public bool Noise { get; set; } = true;

    public Tensor Sample(Tensor logits)
    {
        var noisy = Noise ? logits - empty_like(logits).exponential_().log() : logits;
        return (noisy / Temperature).softmax(0);
    }
}

using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace AdwUNet.Networks;

/// <summary>Instance normalization with learned scale and shift, without running statistics.</summary>
public sealed class InstanceNormalization : Module<Tensor, Tensor>
{
    /// <summary>Added to the variance (nnU-Net v1, norm_op_kwargs).</summary>
    public const double PublishedEpsilon = 1e-5;

    private readonly long _channels;
    private readonly Parameter weight;
    private readonly Parameter bias;

    /// <summary>Creates the norm with scale 1 and shift 0.</summary>
    /// <param name="channels">Number of channels.</param>
    /// <param name="epsilon">Added to the variance.</param>
    public InstanceNormalization(int channels, double epsilon = PublishedEpsilon)
        : base(nameof(InstanceNormalization))
    {
        (_channels, Epsilon) = (channels, epsilon);
        weight = Parameter(ones(channels));
        bias = Parameter(zeros(channels));
        RegisterComponents();
    }

    /// <summary>Added to the variance.</summary>
    public double Epsilon { get; }

    internal Parameter Weight => weight;

    internal Parameter Bias => bias;

    /// <summary>Normalizes every channel of every sample.</summary>
    /// <param name="input">[N, channels, D, H, W].</param>
    /// <returns>The same shape.</returns>
    // Group norm with one channel per group is the same computation, and much faster in low precision on a CPU.
    public override Tensor forward(Tensor input) => functional.group_norm(input, _channels, weight, bias, Epsilon);
}

using AdwUNet.Cpu;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace AdwUNet.Networks;

/// <summary>Instance normalisation with learned scale and shift and without running statistics.</summary>
internal sealed class InstanceNorm : Module<Tensor, Tensor>
{
    private readonly long _channels;
    private readonly Parameter weight;
    private readonly Parameter bias;

    public InstanceNorm(int channels)
        : base(nameof(InstanceNorm))
    {
        _channels = channels;
        weight = Parameter(ones(channels));
        bias = Parameter(zeros(channels));
        RegisterComponents();
    }

    public Parameter Weight => weight;

    public Parameter Bias => bias;

    // Group norm with one channel a group is the same computation, and much faster in low precision on a CPU.
    public override Tensor forward(Tensor input) => functional.group_norm(input, _channels, weight, bias, UnitNorm.Epsilon);
}

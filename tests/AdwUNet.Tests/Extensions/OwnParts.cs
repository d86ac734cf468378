using AdwUNet.Networks;
using AdwUNet.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace AdwUNet.Tests.Extensions;

/// <summary>The published unit with SiLU in place of LeakyReLU.</summary>
internal sealed class SiluUnit : ConvolutionUnit
{
    private readonly Conv3d conv;
    private readonly InstanceNormalization instnorm;

    public SiluUnit(UnitSite site)
        : base(site)
    {
        conv = site.Convolution();
        instnorm = site.Norm();
        RegisterComponents();
    }

    protected override Tensor Compute(Tensor input, Tensor? mask)
    {
        var features = conv.forward(input);
        return functional.silu(instnorm.forward(mask is null ? features : features * mask));
    }
}

/// <summary>A unit with a choice: the slope of LeakyReLU.</summary>
/// <summary>The published unit with dropout and with a channel attention that initializes itself; both draw from libtorch's global random numbers.</summary>
internal sealed class DrawingUnit : ConvolutionUnit
{
    /// <summary>Of all weights that the unit itself sets.</summary>
    public const double OwnWeight = 0.125;

    private readonly Conv3d conv;
    private readonly InstanceNormalization instnorm;
    private readonly Linear attention;
    private readonly Conv3d gate;
    private readonly Dropout dropout;

    public DrawingUnit(UnitSite site)
        : base(site)
    {
        conv = site.Convolution();
        instnorm = site.Norm();
        attention = Linear(site.Width, site.Width);
        gate = Conv3d(site.Width, site.Width, 1);
        init.constant_(gate.weight, OwnWeight);
        dropout = Dropout(0.3);
        RegisterComponents();
    }

    protected override Tensor Compute(Tensor input, Tensor? mask)
    {
        var features = instnorm.forward(conv.forward(input));
        var weights = attention.forward(features.mean([2, 3, 4])).sigmoid().view(features.shape[0], -1, 1, 1, 1);
        features = dropout.forward(functional.leaky_relu(features * weights + 0.01 * gate.forward(features), 0.01));
        return mask is null ? features : features * mask;
    }
}

internal sealed record SlopeUnits(double Slope) : UnitFactory
{
    public override ConvolutionUnit Make(UnitSite site) => new SlopeUnit(site, Slope);

    private sealed class SlopeUnit : ConvolutionUnit
    {
        private readonly double _slope;
        private readonly Conv3d conv;
        private readonly InstanceNormalization instnorm;

        public SlopeUnit(UnitSite site, double slope)
            : base(site)
        {
            (_slope, conv, instnorm) = (slope, site.Convolution(), site.Norm());
            RegisterComponents();
        }

        protected override Tensor Compute(Tensor input, Tensor? mask)
        {
            var activated = functional.leaky_relu(instnorm.forward(conv.forward(input)), _slope);
            return mask is null ? activated : activated * mask;
        }
    }
}

/// <summary>Weights that fall off quadratically from the largest logit.</summary>
internal sealed record QuadraticRelaxation : Relaxation
{
    public override Tensor Weights(Tensor logits, Tensor? noise, double temperature)
    {
        var distance = (logits.max() - (noise is null ? logits : logits + noise)) / temperature;
        var weights = 1 / (1 + distance.square());
        return weights / weights.sum();
    }
}

/// <summary>Cross-entropy alone, with a factor.</summary>
internal sealed record ScaledCrossEntropy(double Factor) : SegmentationLoss
{
    public override Tensor Forward(Tensor logits, Tensor target) => functional.cross_entropy(logits, target) * Helper.Factor(Factor);

    private static class Helper
    {
        public static double Factor(double factor) => factor;
    }
}

/// <summary>AdamW.</summary>
internal sealed record AdamWFactory(double WeightDecay) : OptimizerFactory
{
    public override OptimizerHelper Create(IEnumerable<Parameter> parameters, double learningRate) =>
        optim.AdamW(parameters, learningRate, weight_decay: WeightDecay);
}

/// <summary>RMSProp.</summary>
internal sealed record RmsPropFactory : OptimizerFactory
{
    public override OptimizerHelper Create(IEnumerable<Parameter> parameters, double learningRate) => optim.RMSProp(parameters, learningRate, momentum: 0.5);
}

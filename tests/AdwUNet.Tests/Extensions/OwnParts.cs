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

using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Runs;
using AdwUNet.Sampling;
using AdwUNet.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Runs.Tests;

/// <summary>What a training step does to the weights, against its formula written out.</summary>
public sealed class TrainingRunStepTests : IDisposable
{
    // The formulas are computed in single precision too, in another order.
    private const double Tolerance = 2e-6;

    // Of the norm, in PyTorch's clip_grad_norm_.
    private const double ClipEpsilon = 1e-6;

    // Strong enough, all of them, that leaving one out is seen in two steps.
    private static readonly TrainingOptions Options = TinyRuns.TrainingOptions with
    {
        Epochs = 1,
        IterationsPerEpoch = 2,
        Momentum = 0.9,
        WeightDecay = 0.1,
        GradientClip = 0.5,
    };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_step_is_clipped_decayed_and_takes_Nesterovs_momentum()
    {
        using var scope = NewDisposeScope();
        using var trainer = TinyRuns.TrainingRun(_folder.Root, Options);
        Assert.Single(trainer.Run(cancellation: TestContext.Current.CancellationToken));

        var expected = Expected();
        foreach (var (name, actual) in trainer.Network.named_parameters())
        {
            Assert.True((expected[name] - actual).abs().max().item<float>() < Tolerance, name);
        }
    }

    private static Dictionary<string, Tensor> Expected()
    {
        var network = new DerivedUNet(TinyRuns.Plan, TinyRuns.Architecture, Options.Seed);
        var loss = new DeepSupervision(new DiceCrossEntropyLoss(TinyRuns.Plan.BatchDice), DeepSupervision.Weights(TinyRuns.Plan.PoolCount));
        using var loader = new BatchLoader(TinyRuns.Cases(0), TinyRuns.Plan, Options.Sampling, Options.Seed, "training", threads: 0);
        var momenta = new Dictionary<string, Tensor>();
        for (var step = 0; step < Options.IterationsPerEpoch; step++)
        {
            using var batch = loader.Next(TestContext.Current.CancellationToken);
            network.zero_grad();
            loss.Forward(network.forward(batch.Image), batch.Targets).backward();
            Step([.. network.named_parameters().Where(p => p.parameter.grad is not null).Select(p => (p.name, (Tensor)p.parameter))], momenta);
        }

        return network.named_parameters().ToDictionary(p => p.name, p => p.parameter.detach());
    }

    private static void Step((string Name, Tensor Weight)[] parameters, Dictionary<string, Tensor> momenta)
    {
        using var noGrad = no_grad();
        var norm = Math.Sqrt(parameters.Sum(p => p.Weight.grad!.to(float64).square().sum().item<double>()));
        Assert.True(norm > Options.GradientClip, "the gradient is too small to be clipped");
        foreach (var (name, weight) in parameters)
        {
            var gradient = (weight.grad! * (Options.GradientClip / (norm + ClipEpsilon))) + (weight * Options.WeightDecay);
            momenta[name] = momenta.TryGetValue(name, out var before) ? (before * Options.Momentum) + gradient : gradient;
            weight.sub_((gradient + (momenta[name] * Options.Momentum)) * Options.LearningRate);
        }
    }
}

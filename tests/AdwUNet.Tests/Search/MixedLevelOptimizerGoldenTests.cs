using AdwUNet.Networks;
using AdwUNet.Search;
using AdwUNet.Tests.Golden;
using AdwUNet.Tests.Networks;
using AdwUNet.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Tests.Search;

/// <summary>Losses, clipping and parameters after optimiser steps against the search nets' .npz files.</summary>
public class MixedLevelOptimizerGoldenTests
{
    private const double LossTolerance = 1e-5; // relative; the manifest's rerun differs by 2e-7, give or take a factor of 10
    private const double WeightTolerance = 1e-5; // relative to the largest entry
    private const double NormTolerance = 5e-9; // absolute: AwU-Net's norms are made of alpha gradients of 1e-8 alone
    private const double SmallestMeaningfulNorm = 1e-4;
    private const double ArchitectureTolerance = 1e-4; // absolute: the manifest's guide for ill-conditioned Adam steps

    // Adam divides a gradient by its own size. Where the float64 gradient is below this, float32's is rounding noise and the step's
    // direction is chance; all that can be asked is that no step is longer than the learning rate. The gradients themselves are
    // compared with their float64 values elsewhere.
    private const double SmallestMeaningfulGradient = 1e-6;

    public static TheoryData<string, string> Cases
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var name in new[] { "adw_search_small", "aw_search_aniso", "ad_search_small" })
            {
                foreach (var block in new[] { "sgd", "adam", "adam_tau0.5", "search_sequence" })
                {
                    data.Add(name, block);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Steps_equal_the_golden_npz(string name, string block)
    {
        using var scope = NewDisposeScope();
        var golden = new GoldenCase(name);
        var network = SupernetGoldenTests.Build(golden);
        var expected = golden.Scalars.GetProperty(block);
        network.Choice.Temperature = expected.GetProperty("tau").GetDouble();
        var loss = new DeepSupervision(new DiceCrossEntropyLoss(BatchDice: true), golden.SupervisionWeights);
        using var optimizer = new MixedLevelOptimizer(network, loss, new SearchOptions());

        foreach (var step in expected.GetProperty("steps").EnumerateArray())
        {
            network.Choice.Noise = GumbelNoise.Fixed(golden.Noise(step.GetProperty("noise_set").GetInt32()));
            var data = step.GetProperty("data").GetString();
            var image = golden.Tensor($"input_{data}");
            var targets = golden.Targets(data);

            var onWeights = step.GetProperty("optimizer").GetString()!.StartsWith("SGD", StringComparison.Ordinal);
            var value = onWeights ? optimizer.WeightStep(image, targets) : optimizer.ArchitectureStep(image, targets);

            Near.Compare(
                Quantity.Relative($"{name}.npz", "loss of search steps", LossTolerance), step.GetProperty("loss").GetDouble(), value, block);
            CompareNorm(name, step.GetProperty("clip_total_norm_before_clipping").GetDouble(), optimizer.LastGradientNorm, block);
            CompareParameters(golden, network, block, step.GetProperty("step").GetInt32());
        }
    }

    private static void CompareNorm(string name, double expected, double actual, string block)
    {
        var quantity = expected < SmallestMeaningfulNorm
            ? Quantity.Absolute($"{name}.npz", "norm before clipping where it is below 1e-4", NormTolerance)
            : Quantity.Relative($"{name}.npz", "norm before clipping", LossTolerance);
        Near.Compare(quantity, expected, actual, block);
    }

    private static void CompareParameters(GoldenCase golden, Supernet network, string block, int step)
    {
        var parameters = network.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        var prefix = $"{block}/after_{step}/";
        var file = $"{golden.Name}.npz";
        var names = golden.Arrays.Names.Where(n => n.StartsWith(prefix, StringComparison.Ordinal)).ToArray();
        Assert.NotEmpty(names);
        foreach (var name in names)
        {
            var actual = parameters[name[prefix.Length..]];
            if (!Supernet.IsArchitecture(name))
            {
                Near.Compare(Quantity.Relative(file, "weights after search steps", WeightTolerance), golden.Tensor(name), actual, name);
                continue;
            }

            var meaningful = golden.Tensor($"tau{(block == "adam" ? "5" : "0.5")}/grad_f64/{name[prefix.Length..]}").abs() >= SmallestMeaningfulGradient;
            var expected = golden.Tensor(name);
            Near.Compare(
                Quantity.Absolute(file, "alphas and betas after search steps where the gradient is above 1e-6", ArchitectureTolerance),
                expected * meaningful, actual * meaningful, name);
            Assert.True((expected - actual).abs().max().item<float>() <= new SearchOptions().ArchitectureLearningRate * 2 * (step + 1), name);
        }
    }
}

using System.Text.Json;
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
    private const double NormTolerance = 5e-9; // absolute, on top: AwU-Net's norms are made of alpha gradients of 1e-8 alone
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
        var weights = golden.Description.GetProperty("ds_loss_weights").EnumerateArray().Select(w => w.GetDouble()).ToArray();
        var loss = new DeepSupervision(new DiceCrossEntropyLoss(batchDice: true), weights);
        using var optimizer = new MixedLevelOptimizer(network, loss, new SearchOptions());

        foreach (var step in expected.GetProperty("steps").EnumerateArray())
        {
            network.Choice.Noise = GumbelNoise.Fixed(golden.Noise(step.GetProperty("noise_set").GetInt32()));
            var data = step.GetProperty("data").GetString();
            var image = golden.Tensor($"input_{data}");
            var targets = Enumerable.Range(0, golden.Plan.PoolCount).Select(i => golden.Target($"target_{data}_{i}")).ToArray();

            var onWeights = step.GetProperty("optimizer").GetString()!.StartsWith("SGD", StringComparison.Ordinal);
            var value = onWeights ? optimizer.WeightStep(image, targets) : optimizer.ArchitectureStep(image, targets);

            Relative(step.GetProperty("loss"), value, LossTolerance);
            Relative(step.GetProperty("clip_total_norm_before_clipping"), optimizer.LastGradientNorm, LossTolerance, NormTolerance);
            CompareParameters(golden, network, block, step.GetProperty("step").GetInt32());
        }
    }

    private static void Relative(JsonElement expected, double actual, double tolerance, double absolute = 0)
    {
        var value = expected.GetDouble();
        var allowed = (tolerance * Math.Abs(value)) + absolute;
        Assert.InRange(actual, value - allowed, value + allowed);
    }

    private static void CompareParameters(GoldenCase golden, Supernet network, string block, int step)
    {
        var parameters = network.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        var prefix = $"{block}/after_{step}/";
        var names = golden.Arrays.Names.Where(n => n.StartsWith(prefix, StringComparison.Ordinal)).ToArray();
        Assert.NotEmpty(names);
        foreach (var name in names)
        {
            var actual = parameters[name[prefix.Length..]];
            if (!Supernet.IsArchitecture(name))
            {
                Near.Relative(golden.Tensor(name), actual, WeightTolerance, name);
                continue;
            }

            var meaningful = golden.Tensor($"tau{(block == "adam" ? "5" : "0.5")}/grad_f64/{name[prefix.Length..]}").abs() >= SmallestMeaningfulGradient;
            var expected = golden.Tensor(name);
            Near.Absolute(expected * meaningful, actual * meaningful, ArchitectureTolerance, name);
            Near.Absolute(expected, actual, new SearchOptions().ArchitectureLearningRate * 2 * (step + 1), name);
        }
    }
}

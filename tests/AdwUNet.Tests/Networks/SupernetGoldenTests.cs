using AdwUNet.Architectures;
using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Tests.Golden;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Tests.Networks;

/// <summary>The search networks against adw_search_small.npz, aw_search_aniso.npz and ad_search_small.npz.</summary>
public class SupernetGoldenTests
{
    // The manifest's guide: another float32 implementation differs by 2.6e-6 of the largest entry, give or take a factor of 10.
    private const double RelativeTolerance = 2e-5;

    public static TheoryData<string, double> Cases => new()
    {
        { "adw_search_small", 5 }, { "adw_search_small", 0.5 },
        { "aw_search_aniso", 5 }, { "aw_search_aniso", 0.5 },
        { "ad_search_small", 5 }, { "ad_search_small", 0.5 },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Outputs_equal_the_golden_npz(string name, double temperature)
    {
        using var scope = NewDisposeScope();
        var golden = new GoldenCase(name);
        var network = Build(golden, temperature);

        var outputs = network.forward(golden.Tensor("input_A"));

        Assert.Equal(golden.Plan.PoolCount, outputs.Length);
        for (var i = 0; i < outputs.Length; i++)
        {
            var output = FormattableString.Invariant($"tau{temperature}/out_{i}");
            Near.Compare(Quantity.Relative($"{name}.npz", "logits", RelativeTolerance), golden.Tensor(output), outputs[i], output);
        }
    }

    /// <summary>The supernet of a golden case, with its state loaded.</summary>
    internal static Supernet Build(GoldenCase golden)
    {
        var network = new Supernet(golden.Plan, Space(golden));
        golden.LoadState(network);
        Assert.Equal(
            golden.Description.GetProperty("n_params").GetInt64(),
            network.parameters().Sum(parameter => parameter.numel()));
        return network;
    }

    /// <summary>The same at a temperature, with the noise under which outputs and gradients were computed.</summary>
    internal static Supernet Build(GoldenCase golden, double temperature)
    {
        var network = Build(golden);
        network.Choice.Temperature = temperature;
        network.Choice.Noise = GumbelNoise.Fixed(golden.Noise(0));
        return network;
    }

    private static SearchSpace Space(GoldenCase golden) => golden.Description.GetProperty("kind").GetString() switch
    {
        "adw" => SearchSpace.Published(Family.AdwUNet) with { BaseWidth = 12, MaxWidth = 48 },
        "aw" => SearchSpace.Published(Family.AwUNet) with { BaseWidth = 6, MaxWidth = 24 },
        _ => SearchSpace.Published(Family.AdUNet) with { BaseWidth = 4, MaxWidth = 12 },
    };
}

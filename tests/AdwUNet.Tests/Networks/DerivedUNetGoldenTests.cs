using AdwUNet.Architectures;
using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Tests.Golden;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Tests.Networks;

/// <summary>The derived networks against adw_derived.npz, aw_derived_aniso.npz and ad_derived.npz.</summary>
public class DerivedUNetGoldenTests
{
    private const double RelativeTolerance = 2e-5; // as in SupernetGoldenTests

    [Theory]
    [InlineData("adw_derived")]
    [InlineData("aw_derived_aniso")]
    [InlineData("ad_derived")]
    public void Outputs_equal_the_golden_npz(string name)
    {
        using var scope = NewDisposeScope();
        var golden = new GoldenCase(name);
        var network = Build(golden);

        var outputs = network.forward(golden.Tensor("input"));

        for (var i = 0; i < golden.Plan.PoolCount; i++)
        {
            Near.Compare(Quantity.Relative($"{name}.npz", "logits", RelativeTolerance), golden.Tensor($"out_{i}"), outputs[i], $"out_{i}");
        }
    }

    /// <summary>The derived network of a golden case, with its state loaded.</summary>
    internal static DerivedUNet Build(GoldenCase golden)
    {
        var space = SearchSpace.Published(Family.AdUNet) with { BaseWidth = 4, MaxWidth = 12 };
        var architecture = Architecture.Parse(golden.Description.GetProperty("arch_list").GetRawText(), space: space);
        var network = new DerivedUNet(golden.Plan, architecture);
        golden.LoadState(network);
        Assert.Equal(
            golden.Description.GetProperty("n_params").GetInt64(),
            network.parameters().Sum(parameter => parameter.numel()));
        return network;
    }
}

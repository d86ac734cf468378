using AdwUNet.Architectures;
using AdwUNet.Networks;
using AdwUNet.Tests.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Mixed.Tests;

/// <summary>Feature maps with the channels of a voxel side by side in memory against those with channels apart.</summary>
public sealed class ChannelsLastTests
{
    private const double Tolerance = 1e-4; // relative to the norm of all gradients of a kind, in float32

    public static IEnumerable<TheoryDataRow<string, string>> Cases => from plan in SmallPlans.Names from unit in new[] { "published", "own" } select new TheoryDataRow<string, string>(plan, unit);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Both_layouts_give_the_same_gradients(string name, string unit)
    {
        using var scope = NewDisposeScope();
        var plan = SmallPlans.Of(name);
        var (image, targets) = NetworkGradients.Batch(plan);
        Dictionary<string, Tensor> Of(bool isLast)
        {
            using var network = new Supernet(plan, SmallPlans.Space(Family.AdwUNet), 1, unit == "own" ? UnitFactory.Of<SiluUnit>() : UnitFactory.Published)
            {
                Precision = Precision.Float32,
                Engines = [new MixedEngine(everywhere: true) { ChannelsLast = isLast }],
                Choice = { Noise = GumbelNoise.Seeded(1, 0) },
            };
            network.Backward(image, logits => NetworkGradients.Loss(plan).Forward(logits, targets));
            return NetworkGradients.Of(network);
        }

        var (apart, last) = (Of(false), Of(true));
        Assert.Equal(apart.Keys.Order(), last.Keys.Order());
        foreach (var (kind, isOne) in NetworkGradients.Kinds)
        {
            var (_, difference) = NetworkGradients.Compare([.. apart.Keys.Where(isOne)], apart, last);
            Assert.True(difference < Tolerance, $"the gradients of the {kind} differ by {difference:0.0e0}");
        }
    }

    [Theory]
    [InlineData(false, Precision.Float32)]
    [InlineData(true, Precision.Float32)]
    [InlineData(true, Precision.BFloat16)]
    public void All_feature_maps_that_are_kept_have_the_layout_and_logits_are_as_a_loss_expects_them(bool isLast, Precision precision)
    {
        using var scope = NewDisposeScope();
        var plan = SmallPlans.Of("even");
        using var network = new Supernet(plan, SmallPlans.Space(Family.AdwUNet), 1);
        long[] strides = [];
        using var passes = new MixedPasses(network, Formats.Of(precision) with { ChannelsLast = isLast })
        {
            AfterForward = pass => strides = [.. pass.Kept.Where(map => map.dim() == 5 && map.shape[1] > 1).Select(map => map.stride(1))],
        };
        passes.Backward(NetworkGradients.Batch(plan).Image, logits =>
        {
            Assert.All(logits, map => Assert.True(map.is_contiguous()));
            return logits[0].mean();
        });
        Assert.NotEmpty(strides);
        Assert.All(strides, stride => Assert.Equal(isLast, stride == 1));
    }

    [Fact]
    public void A_feature_map_of_one_channel_gets_the_strides_of_the_layout()
    {
        using var scope = NewDisposeScope();
        var map = Formats.Of(Precision.Float32) with { ChannelsLast = true };
        Assert.Equal([60, 1, 20, 5, 1], map.Laid(zeros([2, 1, 3, 4, 5])).stride());
        Assert.Equal([120, 1, 40, 10, 2], map.Laid(zeros([2, 2, 3, 4, 5])).stride());
    }

    [Fact]
    public void The_name_of_the_engine_says_the_layout()
    {
        Assert.Equal("libtorch with recomputed norms, channels last", new MixedEngine { ChannelsLast = true }.Name);
        Assert.Equal("libtorch with recomputed norms", new MixedEngine { ChannelsLast = false }.Name);
    }
}

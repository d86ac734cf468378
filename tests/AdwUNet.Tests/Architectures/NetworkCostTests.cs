using System.Text.Json;
using AdwUNet.Architectures;
using AdwUNet.Datasets;
using AdwUNet.Imaging;
using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Tests.Golden;

namespace AdwUNet.Tests.Architectures;

public class NetworkCostTests
{
    private const string GoldenFile = "param_counts.json";

    private static readonly JsonElement Golden = JsonDocument.Parse(File.ReadAllText(GoldenFiles.PathOf(GoldenFile))).RootElement;

    /// <summary>Two classes, one channel, 4×4×4 voxels, two of them in a batch, pooled once: small enough to count by hand.</summary>
    private static readonly Plan Tiny = GoldenCase.MakePlan("tiny", [Shape3.Cube(2)], [Shape3.Cube(3), Shape3.Cube(3)], channels: 1, classes: 2) with
    {
        PatchSize = Shape3.Cube(4),
        BatchSize = 2,
    };

    public static TheoryData<string> Tasks => [.. Golden.EnumerateObject().Select(task => task.Name)];

    public static TheoryData<string> Presets => [.. PublishedArchitectures.All.Keys];

    [Theory]
    [MemberData(nameof(Tasks))]
    public void Weights_of_supernets_are_the_golden_ones(string task)
    {
        foreach (var (family, key) in new[]
        {
            (Family.AdwUNet, "AdwUNet_search_max3"), (Family.AwUNet, "AwUNet_search_2"), (Family.AdUNet, "AdUNet_search_max3"),
        })
        {
            var cost = NetworkCost.Of(SearchSpace.Published(family), GoldenPlans.Of(task));
            var expected = Golden.GetProperty(task).GetProperty(key);
            Assert.Equal(expected.GetProperty("total").GetInt64(), cost.Weights);
            Assert.Equal(expected.GetProperty("arch").GetInt32(), cost.ArchitectureParameters);
        }
    }

    [Theory]
    [MemberData(nameof(Presets))]
    public void Weights_of_published_architectures_are_the_golden_ones(string preset)
    {
        var name = preset.Split('_', '/'); // such as Task02_Heart/AdwUNet
        var cost = NetworkCost.Of(PublishedArchitectures.All[preset], GoldenPlans.Of(name[1]));
        Assert.Equal(Golden.GetProperty(name[1]).GetProperty($"published_{name[2]}").GetProperty("total").GetInt64(), cost.Weights);
        Assert.Equal(0, cost.ArchitectureParameters);
        Assert.Equal(cost.ForwardFlops, cost.ArchitectureStepFlops);
    }

    [Fact]
    public void Operations_of_a_tiny_network_equal_a_count_by_hand()
    {
        var cost = NetworkCost.Of(Architecture.Parse("[[3], [5, 4], [2]]"), Tiny);

        // Fine level: 2 × 64 voxels; coarse: 2 × 8. Two operations for each product.
        const long first = 2 * 128 * 1 * 27 * 3;
        const long second = 2 * 16 * 3 * 27 * 5;
        const long third = 2 * 16 * 5 * 27 * 4;
        const long up = 2 * 16 * 4 * 8 * 3; // every coarse voxel meets the 8 weights of each pair of channels
        const long decoder = 2 * 128 * 6 * 27 * 2;
        const long logits = 2 * 128 * 2 * 2;
        Assert.Equal([first, second, third, up, decoder, logits], cost.Blocks.SelectMany(block => block.Layers).Select(layer => layer.ForwardFlops));
        Assert.Equal(first + second + third + up + decoder + logits, cost.ForwardFlops);
        Assert.Equal((2 * first) + (3 * (second + third + up + decoder + logits)), cost.WeightStepFlops);
        Assert.Equal(
            ["conv_blocks_context.0.block1.conv", "conv_blocks_context.1.block1.conv", "conv_blocks_context.1.block2.conv",
                "tu.0", "conv_blocks_localization.0.block1.conv", "seg_outputs.0"],
            cost.Blocks.SelectMany(block => block.Layers).Select(layer => layer.Name));

        // Two maps for each unit, the concatenation, the logits.
        Assert.Equal((2 * 128 * 3) + (2 * 16 * (5 + 4)) + (128 * 6) + (2 * 128 * 2) + (128 * 2), cost.Activations);
    }

    [Theory]
    [InlineData(Family.AdwUNet, 1, 3)] // alphas before the second convolution
    [InlineData(Family.AwUNet, 1, 2)]
    [InlineData(Family.AdUNet, 3, 3)] // betas behind the first block
    public void An_architecture_step_goes_back_no_further_than_the_first_choice(Family family, int without, int units)
    {
        var cost = NetworkCost.Of(SearchSpace.Published(family), Tiny);
        var layers = cost.Blocks.SelectMany(block => block.Layers).ToArray();
        var forward = layers.Take(without).Sum(layer => layer.ForwardFlops);
        Assert.Equal(units, cost.Blocks[0].Layers.Count);
        Assert.Equal((2 * cost.ForwardFlops) - forward, cost.ArchitectureStepFlops);
    }

    /// <summary>758 and 505 GFLOP: what the authors' network does in a step on a batch of Task04_Hippocampus, counted from its layers.</summary>
    [Fact]
    public void Steps_of_the_supernet_on_hippocampus_take_what_is_known()
    {
        var cost = NetworkCost.Of(
            SearchSpace.Published(Family.AdwUNet), GoldenPlans.Of("Hippocampus") with { PatchSize = new(40, 56, 40), BatchSize = 2 });
        Assert.Equal(758, cost.WeightStepFlops / 1e9, 0.5);
        Assert.Equal(505, cost.ArchitectureStepFlops / 1e9, 0.5);
    }

    [Fact]
    public void Layers_bear_the_names_and_sizes_of_the_networks_parameters()
    {
        foreach (var family in Enum.GetValues<Family>())
        {
            var space = SearchSpace.Published(family) with { BaseWidth = 6, MaxWidth = 12 };
            using var network = new Supernet(Tiny, space);
            Assert.Equal(
                network.named_parameters().Where(p => p.name.EndsWith("conv.weight", StringComparison.Ordinal) || p.parameter.dim() == 5)
                    .Select(p => p.name[..^".weight".Length]).Order(StringComparer.Ordinal),
                NetworkCost.Of(space, Tiny).Blocks.SelectMany(block => block.Layers).Select(layer => layer.Name).Order(StringComparer.Ordinal));
            var depths = Architecture.FromDepths([2, 1, 3], space with { Family = Family.AdUNet });
            using var derived = new DerivedUNet(Tiny, depths);
            Assert.Equal(derived.parameters().Sum(p => p.numel()), NetworkCost.Of(depths, Tiny).Weights);
            Assert.Contains(NetworkCost.Of(depths, Tiny).Blocks[0].Layers, layer => layer.Name == "conv_blocks_context.0.blocks.1.conv");
        }
    }

    [Fact]
    public void An_architecture_of_other_poolings_is_refused() =>
        Assert.Throws<ArchitectureException>(() => NetworkCost.Of(PublishedArchitectures.HeartAdw, Tiny));
}

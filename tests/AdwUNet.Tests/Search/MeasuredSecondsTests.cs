using AdwUNet.Architectures;
using AdwUNet.Cpu;
using AdwUNet.Imaging;
using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Search;
using AdwUNet.Tests.Planning;

namespace AdwUNet.Tests.Search;

/// <summary>Seconds of layers: the table, its file, and its sum beside the duration of whole networks.</summary>
public sealed class MeasuredSecondsTests(ITestOutputHelper output) : IDisposable
{
    private static readonly Plan Plan = TestPlans.Small(new Spacing3(1, 1, 1)) with
    {
        PatchSize = new(8, 16, 16),
        PoolKernels = [new(1, 2, 2), Shape3.Cube(2)],
        ConvKernels = [new(1, 3, 3), Shape3.Cube(3), Shape3.Cube(3)],
    };

    private static readonly SearchSpace Space = new() { Family = Family.AdwUNet, BaseWidth = 6, MaxWidth = 24, MaxDepth = 2 };

    private readonly TemporaryFolder _folder = new(inMemory: true);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_network_costs_the_sum_of_its_layers()
    {
        var table = MeasuredSeconds.Given(Plan, Space, Product);
        var network = Architecture.FromWidths([[4, 6], [12], [16, 24], [8], [3, 2]]);
        var sites = BlockSites.All(Plan);
        (int Block, LayerKind Kind, int Input, int Output)[] layers =
        [
            (0, LayerKind.First, 1, 4), (0, LayerKind.Further, 4, 6), (1, LayerKind.First, 6, 12), (2, LayerKind.First, 12, 16), (2, LayerKind.Further, 16, 24),
            (3, LayerKind.Up, 24, 12), (3, LayerKind.Joined, 24, 8), (3, LayerKind.Logits, 8, 3),
            (4, LayerKind.Up, 8, 6), (4, LayerKind.Joined, 12, 3), (4, LayerKind.Further, 3, 2), (4, LayerKind.Logits, 2, 3),
        ];
        long[] voxels = [2048, 512, 64, 512, 2048];
        var outputs = network.Widths.Select((block, b) => (Block: b, Kind: LayerKind.Output, Input: 1, Output: block[^1]));
        Assert.Equal(layers.Concat(outputs).Sum(l => (1 + (int)l.Kind) * voxels[l.Block] * (double)l.Input * l.Output), table.Of(network, Plan), 1e-6);
        Assert.Equal(
            [new(8, 16, 16), new(8, 8, 8), Shape3.Cube(4), new(8, 8, 8), new(8, 16, 16)], sites.Select(block => block.First.Shape));
        Assert.Equal(new Shape3(8, 8, 8), sites[4].Up!.Input);
        Assert.Equal(new Shape3(8, 8, 8), sites[2].First.Input);
    }

    [Fact]
    public void Between_measured_channels_it_is_interpolated_linearly()
    {
        var table = MeasuredSeconds.Given(Plan, Space, (site, input, output) => Math.Pow(input, 2) + output);
        var site = BlockSites.All(Plan)[1].Further; // 4 to 12 channels
        Assert.Equal(64 + 8.0, table.At(site, 8, 8));
        Assert.Equal((0.5 * (64 + 144)) + 8, table.At(site, 10, 8), 1e-9);
        Assert.Equal((0.5 * (64 + 144)) + 10, table.At(site, 10, 10), 1e-9);
        Assert.Contains("measure it with the plan and the space", Assert.Throws<RunException>(() => table.At(site, 100, 8)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_table_is_measured_once_and_kept_with_the_machine_s_name()
    {
        var file = _folder.PathOf("seconds.json");
        var first = MeasuredSeconds.On(Plan, Space, Precision.Float32, file);
        Assert.All(first.Table.Values, seconds => Assert.InRange(seconds, 0, 1));
        Assert.Contains("thread", first.Machine, StringComparison.Ordinal);
        var text = File.ReadAllText(file);
        var second = MeasuredSeconds.On(Plan, Space, Precision.Float32, file);
        Assert.Equal(first.Table, second.Table);
        Assert.Equal(first.Identity().ToJsonString(), second.Identity().ToJsonString());
        Assert.Equal(text, File.ReadAllText(file));

        File.WriteAllText(file, text.Replace(first.Machine, "another machine", StringComparison.Ordinal));
        var anew = MeasuredSeconds.On(Plan, Space, Precision.Float32, file);
        Assert.NotEqual(first.Table, anew.Table);
        Assert.Contains("another machine", File.ReadAllText(file), StringComparison.Ordinal);
        Assert.Equal(anew.Table, MeasuredSeconds.On(Plan, Space, Precision.Float32, file).Table);

        File.WriteAllText(file, "{\"AMD\": 1}");
        Assert.Throws<RunException>(() => MeasuredSeconds.On(Plan, Space, Precision.Float32, file));
    }

    /// <summary>Wide limits: another program may run beside the test.</summary>
    [Fact]
    public void Whole_networks_take_about_the_sum_of_their_layers()
    {
        var large = Plan with { PatchSize = new(16, 32, 32) };
        var table = MeasuredSeconds.On(large, Space, Precision.Auto, _folder.PathOf("seconds.json"));
        foreach (var network in new[] { Architecture.FromWidths([[2], [4], [8], [4], [2]]), Architecture.FromWidths([[6, 6], [12, 12], [24, 24], [12, 12], [6, 6]]) })
        {
            var ratio = table.Of(network, large) / NetworkClock.Seconds(large, network, Precision.Auto);
            output.WriteLine(FormattableString.Invariant($"{network}: the table has {ratio:0.00} times the measured seconds"));
            Assert.InRange(ratio, 0.2, 5);
        }
    }

    private static double Product(LayerSite site, int input, int output) => (1 + (int)site.Kind) * site.Shape.Count * (double)input * output;
}

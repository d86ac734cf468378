using AdwUNet.Architectures;
using AdwUNet.Experiments;
using AdwUNet.Networks;
using AdwUNet.Runs;
using AdwUNet.Search;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Runs.Tests.Experiments;

/// <summary>Prefix channels are trained by every width: what pairing and decoding by expectation change.</summary>
public sealed class WidthFairnessTests : IDisposable
{
    private static readonly SearchSpace Space = new() { BaseWidth = 6, MaxWidth = 12, MaxDepth = 2, Family = Family.AwUNet };

    private readonly TemporaryFolder _folder = new(inMemory: true);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Paired_widths_train_the_first_and_the_last_channels_in_turn()
    {
        using var scope = NewDisposeScope();
        using var net = new Supernet(TinyRuns.Plan, Space, 1, UnitFactory.Of<PairedUnit>());
        var unit = net.Blocks.ElementAt(1).Units[0];
        using (no_grad()) unit.Alphas!.copy_(tensor(Enumerable.Range(0, unit.WidthOptions.Count).Select(i => i == 0 ? 1000f : 0f).ToArray())); // the narrowest
        var (narrow, width) = (unit.WidthOptions[0], unit.WidthOptions[^1]);
        Assert.Equal(Enumerable.Range(0, narrow), Trained());
        Assert.Equal(Enumerable.Range(width - narrow, narrow), Trained());
        Assert.Equal(Enumerable.Range(0, narrow), Trained());

        IEnumerable<int> Trained()
        {
            net.zero_grad();
            net.forward(ones([2, TinyRuns.Plan.Modalities.Count, 8, 8, 8]).sin())[0].square().sum().backward();
            var rows = unit.named_parameters().Single(p => p.name == "conv.weight").parameter.grad!.abs().sum([1, 2, 3, 4]).data<float>().ToArray();
            return Enumerable.Range(0, width).Where(channel => rows[channel] > 0).ToArray();
        }
    }

    [Fact]
    public void Steps_of_the_architecture_take_the_side_of_the_next_step_of_the_weights()
    {
        using var scope = NewDisposeScope();
        using var net = new Supernet(TinyRuns.Plan, Space, 1, UnitFactory.Of<PairedUnit>());
        var steps = net.named_buffers().Where(b => b.name.EndsWith(".steps", StringComparison.Ordinal)).Select(b => b.buffer).ToArray();
        Assert.Equal(net.Blocks.Sum(block => block.Units.Count), steps.Length);
        foreach (var (trains, expected) in new[] { (false, 0), (false, 0), (true, 1), (false, 1), (true, 2) })
        {
            foreach (var parameter in net.parameters()) parameter.requires_grad = trains;
            _ = net.forward(zeros([1, TinyRuns.Plan.Modalities.Count, 8, 8, 8]));
            Assert.All(steps, step => Assert.Equal(expected, step.item<long>()));
        }
    }

    [Fact]
    public void A_search_with_paired_widths_resumes_bit_for_bit()
    {
        var options = TinyRuns.SearchOptions with { Unit = UnitFactory.Of<PairedUnit>() };
        using (var whole = TinyRuns.Search(_folder.PathOf("whole"), options)) _ = whole.Run(cancellation: TestContext.Current.CancellationToken).ToList();
        using (var stopped = TinyRuns.Search(_folder.PathOf("stopped"), options))
        {
            using var stop = new CancellationTokenSource();
            var done = 0;
            Assert.Throws<OperationCanceledException>(() => stopped.Run(new Immediate<Training.StepProgress>(_ => { if (++done == 7) stop.Cancel(); }), stop.Token).ToList());
        }

        using (var resumed = TinyRuns.Search(_folder.PathOf("stopped"), options)) _ = resumed.Run(cancellation: TestContext.Current.CancellationToken).ToList();
        Assert.Equal(TinyRuns.Files(_folder.PathOf("whole")), TinyRuns.Files(_folder.PathOf("stopped")));
    }

    [Fact]
    public void Decoding_by_expectation_selects_the_option_nearest_to_the_mean()
    {
        // Shares 0.30, 0.10, 0.25, 0.25, 0.10 of the widths 4 to 12: arg-max 4, mean 7.5.
        double[] logits = [.. new[] { 0.30, 0.10, 0.25, 0.25, 0.10 }.Select(share => Math.Log(share))];
        int[] widths = [4, 6, 8, 10, 12];
        BlockLogits block = new("conv_blocks_context.0", [Math.Log(0.4), Math.Log(0.3), Math.Log(0.3)], [logits, logits, logits], [widths, widths, widths]);
        ArchitectureLogits all = new(Family.AdwUNet, [block, block, block]);
        Assert.Equal([4], all.Decode().Widths[0]); // one convolution
        Assert.Equal([8, 8], all.DecodeByExpectation().Widths[0]); // mean depth 1.9
        var certain = all with { Blocks = [.. all.Blocks.Select(b => b with { Betas = [0, 99, 0], Alphas = [[0, 0, 0, 99, 0], [99, 0, 0, 0, 0], logits] })] };
        Assert.Equal(certain.Decode().Widths, certain.DecodeByExpectation().Widths);
    }
}

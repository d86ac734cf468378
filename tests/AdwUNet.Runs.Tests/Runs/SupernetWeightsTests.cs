using System.Text.Json.Nodes;
using AdwUNet.Architectures;
using AdwUNet.Experiments;
using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Runs;
using AdwUNet.Runs.Tests.Experiments;
using AdwUNet.Search;
using AdwUNet.Tests.Planning;
using AdwUNet.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AdwUNet.Runs.Tests;

/// <summary>Trainings that start from the weights of a supernet.</summary>
public sealed class SupernetWeightsTests : IDisposable
{
    private const double Tolerance = 1e-5; // of logits, relative to the largest; both in single precision

    // Two poolings, so that a decoder block reads another one.
    private static readonly Plan Plan = TestPlans.Small(new(1, 1, 1)) with
    {
        PoolKernels = [new(2, 2, 2), new(2, 2, 2)],
        ConvKernels = [new(3, 3, 3), new(3, 3, 3), new(3, 3, 3)],
        PatchSize = new(8, 8, 8),
    };

    private readonly TemporaryFolder _folder = new(inMemory: true);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(Family.AdwUNet, MaskPlacement.AfterActivation)]
    [InlineData(Family.AdwUNet, MaskPlacement.BeforeNorm)]
    [InlineData(Family.AwUNet, MaskPlacement.AfterActivation)]
    [InlineData(Family.AdUNet, MaskPlacement.BeforeNorm)]
    public void The_network_computes_what_the_supernet_computes_with_one_choice(Family family, MaskPlacement placement)
    {
        using var scope = NewDisposeScope();
        foreach (var seed in Enumerable.Range(1, 4))
        {
            var (supernet, network) = Pair(family, placement, (ulong)seed);
            LeaveOutUpSamplingBeyondTheSkip(supernet, network.Architecture);
            Assert.InRange(Difference(supernet, network), 0, Tolerance);
        }
    }

    [Fact]
    public void Up_sampled_channels_beyond_the_width_of_the_skip_are_lost()
    {
        using var scope = NewDisposeScope();
        var (supernet, network) = Pair(Family.AdwUNet, MaskPlacement.AfterActivation, 1);
        Assert.Contains(network.Architecture.Widths.Take(Plan.PoolCount).Zip(supernet.Space.BlockWidths(Plan.PoolCount)), stage => stage.First[^1] < stage.Second);
        Assert.True(Difference(supernet, network) > 1e-3, "the channels of the up-sampling have no effect");
    }

    [Fact]
    public void A_network_that_the_supernet_does_not_contain_is_refused()
    {
        using var scope = NewDisposeScope();
        using var start = SupernetWeights.Of(new Supernet(Plan, Space(Family.AdwUNet, MaskPlacement.BeforeNorm), 1));
        var wide = new DerivedUNet(Plan, Architecture.FromWidths([[6], [12], [99], [12], [6]]), 1);
        Assert.Contains("[99, 12, 3, 3, 3]", Assert.Throws<RunException>(() => start.CopyTo(wide)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_training_starts_from_the_search_and_resumes_and_repeats_bit_for_bit()
    {
        var (space, architecture) = (_folder.PathOf("search"), Finish(TinyRuns.Search(_folder.PathOf("search"))));
        using var start = SupernetWeights.Load(space);
        var whole = Train("whole", architecture, start);
        Assert.NotEqual(Train("random", architecture, null)["final.safetensors"], whole["final.safetensors"]);
        Assert.DoesNotContain("initialWeights", File.ReadAllText(_folder.PathOf("random", "config.json")), StringComparison.Ordinal);

        using (var source = new CancellationTokenSource())
        using (var trainer = Trainer("stopped", architecture, start))
        {
            var watch = new Immediate<StepProgress>(step => { if (step is { Epoch: 1, Iteration: 2 }) source.Cancel(); });
            Assert.Throws<OperationCanceledException>(() => trainer.Run(watch, source.Token).ToList());
        }

        Assert.Contains("initialWeights", Assert.Throws<RunException>(() => Trainer("stopped", architecture, null)).Message, StringComparison.Ordinal);
        Assert.Equal(whole, Train("stopped", architecture, start));

        IReadOnlyList<Preprocessing.IPreprocessedCase> cases = [.. TinyRuns.Cases(0), .. TinyRuns.Cases(20, 1)];
        var config = _folder.PathOf("whole", "config.json");
        Assert.Contains("supernet", Assert.Throws<RunException>(() => TrainingRun.Repeat(config, _folder.PathOf("again"), cases)).Message, StringComparison.Ordinal);
        using (var again = TrainingRun.Repeat(config, _folder.PathOf("again"), cases, start: start))
        {
            _ = again.Run(cancellation: TestContext.Current.CancellationToken).ToList();
        }

        Assert.Equal(whole, TinyRuns.Files(_folder.PathOf("again")));
    }

    [Fact]
    public void A_search_in_memory_and_its_folder_give_the_same_weights()
    {
        using var scope = NewDisposeScope();
        using var search = TinyRuns.Search(_folder.PathOf("search"));
        _ = search.Run(cancellation: TestContext.Current.CancellationToken).ToList();
        using var ofMemory = SupernetWeights.Of(search.Supernet);
        using var ofFolder = SupernetWeights.Load(search.Folder);
        string Hash(SupernetWeights weights)
        {
            var network = new DerivedUNet(TinyRuns.Plan, search.Supernet.Decode(), 1);
            weights.CopyTo(network);
            return SupernetWeights.Hash(network);
        }

        Assert.Equal(Hash(ofMemory), Hash(ofFolder));
        Assert.NotEqual(SupernetWeights.Hash(new DerivedUNet(TinyRuns.Plan, search.Supernet.Decode(), 1)), Hash(ofMemory));
    }

    [Fact]
    public void A_search_without_checkpoint_is_named()
    {
        Directory.CreateDirectory(_folder.PathOf("search"));
        Assert.Contains("checkpoint.safetensors", Assert.Throws<RunException>(() => SupernetWeights.Load(_folder.PathOf("search"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_variant_of_a_grid_starts_from_its_supernet()
    {
        var grid = TinyGrids.Experiment(_folder.Root, family: Family.AdwUNet).Grid("start")
            .Add("random").Add("supernet", e => e with { StartsFromSupernet = true })
            .Add("recipe", e => e with { Training = e.Training with { Schedule = new WarmUpCosine(), WeightAveraging = 0.9, Momentum = 0.95 } });
        var results = grid.Run(cancellation: TestContext.Current.CancellationToken);
        Assert.Equal([false, true, false], grid.Runs.Select(run => Config(run)["initialWeights"] is not null));
        Assert.Equal("WarmUpCosine", (string?)Config(grid.Runs[2])["options"]!["schedule"]!["name"]);
        Assert.Equal(results[0].Architecture.ToString(), results[1].Architecture.ToString());
        Assert.NotEqual(results[0].Training[0].TrainingLoss, results[1].Training[0].TrainingLoss);
    }

    private static JsonNode Config(GridRun run) => JsonNode.Parse(File.ReadAllText(Path.Combine(run.TrainingFolder, "config.json")))!;

    private static SearchSpace Space(Family family, MaskPlacement placement) => new() { Family = family, BaseWidth = 6, MaxWidth = 24, MaxDepth = 2, MaskPlacement = placement };

    /// <summary>A supernet of random weights that chooses a random network, and that network with the supernet's weights.</summary>
    private static (Supernet Supernet, DerivedUNet Network) Pair(Family family, MaskPlacement placement, ulong seed)
    {
        const double certain = 100; // over a temperature of 0.05, softmax is exactly 0 and 1
        var space = Space(family, placement);
        var supernet = new Supernet(Plan, space, seed) { Choice = { Noise = GumbelNoise.None, Temperature = 0.05 } };
        var architecture = space.Draw(Plan.PoolCount, seed);
        using var noGrad = no_grad();
        using var random = new Generator(seed);
        foreach (var (name, parameter) in supernet.named_parameters())
        {
            if (name.EndsWith("instnorm.weight", StringComparison.Ordinal)) parameter.uniform_(0.5, 2, random);

            // Before the norm, a masked channel is the activation of the shift, which the network does not have.
            if (name.EndsWith("instnorm.bias", StringComparison.Ordinal) && placement == MaskPlacement.AfterActivation) parameter.normal_(0, 1, random);
        }

        foreach (var (block, widths) in supernet.Blocks.Zip(architecture.Widths))
        {
            if (block.Betas is { } betas) betas[widths.Count - 1].fill_(certain);
            foreach (var (unit, width) in block.Units.Zip(widths))
            {
                if (unit.Alphas is { } alphas) alphas[unit.WidthOptions.ToList().IndexOf(width)].fill_(certain);
            }
        }

        Assert.Equal(architecture.ToString(), supernet.Decode().ToString());
        var network = new DerivedUNet(Plan, architecture, seed + 1);
        using var weights = SupernetWeights.Of(supernet);
        weights.CopyTo(network);
        return (supernet, network);
    }

    private static void LeaveOutUpSamplingBeyondTheSkip(Supernet supernet, Architecture architecture)
    {
        using var noGrad = no_grad();
        foreach (var (step, u) in supernet.Decoder.Select((step, u) => (step, u)))
        {
            step.UpSampling.Module.weight[.., architecture.Widths[Plan.PoolCount - 1 - u][^1]..].zero_();
        }
    }

    private static double Difference(Supernet supernet, DerivedUNet network)
    {
        using var noGrad = no_grad();
        var image = randn([2, 1, 8, 8, 8], generator: new Generator(3));
        var (wanted, actual) = (supernet.forward(image), network.forward(image));
        return wanted.Zip(actual).Max(pair => ((pair.First - pair.Second).abs().max() / pair.First.abs().max()).item<float>());
    }

    private static Architecture Finish(SearchRun search)
    {
        using (search)
        {
            _ = search.Run(cancellation: TestContext.Current.CancellationToken).ToList();
            return search.Supernet.Decode();
        }
    }

    private TrainingRun Trainer(string name, Architecture architecture, SupernetWeights? start) => new(
        _folder.PathOf(name), TinyRuns.Plan, architecture, TinyRuns.Cases(0), TinyRuns.Cases(20, 1), TinyRuns.TrainingOptions, start: start);

    private SortedDictionary<string, string> Train(string name, Architecture architecture, SupernetWeights? start)
    {
        using var trainer = Trainer(name, architecture, start);
        _ = trainer.Run(cancellation: TestContext.Current.CancellationToken).ToList();
        return TinyRuns.Files(_folder.PathOf(name));
    }
}

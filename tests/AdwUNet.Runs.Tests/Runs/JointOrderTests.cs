using System.Text.Json.Nodes;
using AdwUNet.Architectures;
using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Runs;
using AdwUNet.Sampling;
using AdwUNet.Search;
using AdwUNet.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Runs.Tests;

/// <summary>The search whose batch of half B serves weights and architecture in one backward pass.</summary>
public sealed class JointOrderTests : IDisposable
{
    private const int AllSteps = TinyRuns.Epochs * TinyRuns.Iterations;

    private static readonly SearchOptions Joint = TinyRuns.SearchOptions with { Order = MixedLevelOrder.Joint, Precision = Precision.Auto };

    private readonly TemporaryFolder _folder = new(inMemory: true);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(null)]
    [InlineData(Precision.Float32)]
    [InlineData(Precision.BFloat16)]
    public void A_joint_step_is_an_architecture_step_and_a_weight_step_from_the_same_point(Precision? precision)
    {
        using var scope = NewDisposeScope();
        var options = TinyRuns.SearchOptions with { ClipStaleGradients = false, GradientClip = 0.1 };
        var before = After(options, precision, (_, _, _) => 0.0);
        var architecture = After(options, precision, (optimizer, image, targets) => optimizer.ArchitectureStep(image, targets));
        var weights = After(options, precision, (optimizer, image, targets) => optimizer.WeightStep(image, targets));
        var joint = After(options, precision, (optimizer, image, targets) => optimizer.JointStep(image, targets));

        Assert.Equal(architecture.Loss, joint.Loss);
        Assert.Equal(double.Hypot(architecture.Norm, weights.Norm), joint.Norm, joint.Norm * 1e-9);
        Assert.True(weights.Norm > options.GradientClip, "nothing is clipped");
        foreach (var (name, value) in joint.Parameters)
        {
            var alone = (Supernet.IsArchitecture(name) ? architecture : weights).Parameters[name];
            Assert.True(value.equal(alone).all().item<bool>(), name);
        }

        Assert.All(
            new[] { architecture, weights },
            one => Assert.Contains(one.Parameters, p => p.Value.not_equal(before.Parameters[p.Key]).any().item<bool>()));
    }

    [Fact]
    public void With_the_published_clipping_one_norm_of_all_gradients_clips_a_joint_step()
    {
        using var scope = NewDisposeScope();
        var apart = After(TinyRuns.SearchOptions with { ClipStaleGradients = false, GradientClip = 0.1 }, Precision.Float32, (o, image, targets) => o.JointStep(image, targets));
        var together = After(TinyRuns.SearchOptions with { GradientClip = 0.1 }, Precision.Float32, (o, image, targets) => o.JointStep(image, targets));
        Assert.Equal(apart.Norm, together.Norm, apart.Norm * 1e-6);
        var clipped = Math.Sqrt(together.Gradients.Sum(gradient => gradient.to(float64).square().sum().item<double>()));
        Assert.Equal(0.1, clipped, 1e-6);
    }

    [Fact]
    public void Joint_order_takes_one_batch_of_each_half()
    {
        var (published, joint) = (_folder.PathOf("published"), _folder.PathOf("joint"));
        Finish(published, TinyRuns.SearchOptions);
        Finish(joint, TinyRuns.SearchOptions with { Order = MixedLevelOrder.Joint });
        const int search = (TinyRuns.Epochs - 1) * TinyRuns.Iterations;
        Assert.Equal((search, AllSteps + search, AllSteps + (2 * search)), Counts(published));
        Assert.Equal((search, AllSteps, AllSteps + search), Counts(joint));

        // The warm-up, which has weight steps alone, is the same.
        var (before, after) = (History(published), History(joint));
        Assert.Equal(before[0].WeightLoss, after[0].WeightLoss);
        Assert.Null(after[0].ArchitectureLoss);
        Assert.NotEqual(before[^1].WeightLoss, after[^1].WeightLoss);
        Assert.True(double.IsFinite(after[^1].ArchitectureLoss!.Value));
        Assert.NotEqual(after[0].Logits.Blocks[0].Alphas[0], after[^1].Logits.Blocks[0].Alphas[0]);
    }

    [Fact]
    public void Joint_search_stopped_after_any_step_resumes_bit_for_bit()
    {
        var whole = Finish(_folder.PathOf("whole"), Joint);
        for (var stop = 1; stop < AllSteps; stop += 2)
        {
            var folder = _folder.PathOf($"stopped after {stop}");
            using (var search = TinyRuns.Search(folder, Joint))
            using (var source = new CancellationTokenSource())
            {
                var (steps, last) = (0, stop);
                var watch = new Immediate<StepProgress>(_ =>
                {
                    if (++steps == last)
                    {
                        source.Cancel();
                    }
                });
                Assert.Throws<OperationCanceledException>(() => search.Run(watch, source.Token).ToList());
            }

            Assert.Equal(whole, Finish(folder, Joint));
        }
    }

    [Fact]
    public void Config_contains_the_order_and_a_config_without_it_means_the_published_order()
    {
        Finish(_folder.PathOf("joint"), Joint);
        Assert.Equal("joint", (string?)Config(_folder.PathOf("joint", "config.json"))["options"]!["order"]);
        using (var again = SearchRun.Repeat(_folder.PathOf("joint", "config.json"), _folder.PathOf("again"), [.. TinyRuns.Cases(0), .. TinyRuns.Cases(10), .. TinyRuns.Cases(20, 1)]))
        {
            _ = again.Run(cancellation: TestContext.Current.CancellationToken).ToList();
        }

        Assert.Equal(TinyRuns.Files(_folder.PathOf("joint")), TinyRuns.Files(_folder.PathOf("again")));

        var old = _folder.PathOf("old");
        TinyRuns.Search(old).Dispose();
        var config = Config(Path.Combine(old, "config.json"));
        Assert.Equal("published", (string?)config["options"]!["order"]);
        config["options"]!.AsObject().Remove("order");
        File.WriteAllText(Path.Combine(old, "config.json"), config.ToJsonString());
        var error = Assert.Throws<RunException>(() => TinyRuns.Search(old, TinyRuns.SearchOptions with { Order = MixedLevelOrder.Joint }));
        Assert.Contains("options.order is missing there and \"joint\" here", error.Message, StringComparison.Ordinal);
        Finish(old, TinyRuns.SearchOptions);
        Finish(_folder.PathOf("new"), TinyRuns.SearchOptions);
        string[] results = ["history.jsonl", "checkpoint.safetensors", "architecture.json"];
        Assert.All(results, file => Assert.Equal(TinyRuns.Files(_folder.PathOf("new"))[file], TinyRuns.Files(old)[file]));
    }

    private static (double Loss, double Norm, Dictionary<string, Tensor> Parameters, Tensor[] Gradients) After(
        SearchOptions options, Precision? precision, Func<MixedLevelOptimizer, Tensor, IReadOnlyList<Tensor>, double> step)
    {
        var plan = TinyRuns.Plan;
        using var supernet = new Supernet(plan, new SearchSpace { Family = Family.AdwUNet, BaseWidth = 6, MaxWidth = 12, MaxDepth = 2, MaskPlacement = MaskPlacement.AfterActivation }, 1)
        {
            Precision = precision,
            Choice = { Noise = GumbelNoise.Seeded(1, 0) },
        };
        var loss = new DeepSupervision(new DiceCrossEntropyLoss(plan.BatchDice), DeepSupervision.Weights(plan.PoolCount));
        using var optimizer = new MixedLevelOptimizer(supernet, loss, options);
        using var loader = new BatchLoader(TinyRuns.Cases(0), plan, options.Sampling, 1, "joint", threads: 0);
        using var batch = loader.Next(TestContext.Current.CancellationToken);
        var value = step(optimizer, batch.Image, batch.Targets);
        return (
            value,
            optimizer.LastGradientNorm,
            supernet.named_parameters().ToDictionary(p => p.name, p => p.parameter.detach().clone()),
            [.. supernet.parameters().Where(p => p.grad is not null).Select(p => p.grad!.clone())]);
    }

    private static SortedDictionary<string, string> Finish(string folder, SearchOptions options)
    {
        using var search = TinyRuns.Search(folder, options);
        _ = search.Run(cancellation: TestContext.Current.CancellationToken).ToList();
        return TinyRuns.Files(folder);
    }

    private static IReadOnlyList<SearchEpoch> History(string folder) => new RunFolder(folder).ReadHistory<SearchEpoch>();

    private static (long A, long B, long Steps) Counts(string folder)
    {
        var (_, state) = new LoopCheckpoint<SearchState>(new RunFolder(folder)).Load();
        return (state.BatchesOfA, state.BatchesOfB, state.Steps);
    }

    private static JsonNode Config(string path) => JsonNode.Parse(File.ReadAllText(path))!;
}

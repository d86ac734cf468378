using System.Text;
using AdwUNet.Networks;
using AdwUNet.Runs;
using AdwUNet.Storage;
using AdwUNet.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Runs.Tests;

/// <summary>The options of short trainings: the schedule of the learning rate, and the moving average of the weights.</summary>
public sealed class RecipeTests : IDisposable
{
    private const int AllSteps = TinyRuns.Epochs * TinyRuns.Iterations;

    private static readonly TrainingOptions Recipe = TinyRuns.TrainingOptions with
    {
        Schedule = new WarmUpCosine(0.25),
        WeightAveraging = 0.5,
        Momentum = 0.9,
        LearningRate = 0.05,
        Precision = Precision.Auto,
    };

    private readonly TemporaryFolder _folder = new(inMemory: true);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_warm_up_is_a_line_and_the_rest_half_a_cosine()
    {
        var schedule = new WarmUpCosine(0.2, 0.1, 0.05);
        Assert.Equal([0.1, 0.55, 1, 0.525, 0.05], new[] { 0, 0.1, 0.2, 0.6, 1 }.Select(schedule.At), (a, b) => Math.Abs(a - b) < 1e-12);
        Assert.Equal(1, new WarmUpCosine(0).At(0));
    }

    [Fact]
    public void A_schedule_sets_the_learning_rate_of_every_step()
    {
        // Two steps more than an epoch at rate 0: until then nothing changes, and then something does.
        var still = TinyRuns.Iterations + 2;
        var weights = WeightsAfterEachStep(TinyRuns.TrainingOptions with { Schedule = new StepAt((still - 0.5) / AllSteps) });
        Assert.Equal(Enumerable.Range(0, AllSteps).Select(step => step >= still), weights.Select(after => !after.equal(weights[0]).all().item<bool>()));
    }

    [Fact]
    public void A_schedule_that_is_the_polynomial_decay_gives_the_same_weights()
    {
        using var scope = NewDisposeScope();
        var published = WeightsAfterEachStep(TinyRuns.TrainingOptions);
        var again = WeightsAfterEachStep(TinyRuns.TrainingOptions with { Schedule = new Decay(TinyRuns.Epochs) });
        Assert.True(published[^1].equal(again[^1]).all().item<bool>());
    }

    [Fact]
    public void Between_epochs_the_network_has_the_average_of_the_weights_after_all_steps()
    {
        using var scope = NewDisposeScope();
        using var network = Network();
        using var loop = Loop(network, Recipe);
        var average = Flat(network);
        var steps = 0;
        var epochs = 0;
        foreach (var _ in loop.Run(_ =>
        {
            steps++;
            var decay = Math.Min(0.5, (1.0 + steps) / (10 + steps)); // 0.18 to 0.5, reached in step 8 of 12
            average = (average * decay) + (Flat(network) * (1 - decay));
        }, TestContext.Current.CancellationToken))
        {
            Assert.True((average - Flat(network)).abs().max().item<float>() < 1e-6, $"epoch {epochs}");
            epochs++;
        }

        Assert.Equal((AllSteps, TinyRuns.Epochs), (steps, epochs));
    }

    [Fact]
    public void Averaging_changes_what_is_validated_and_kept_but_no_step()
    {
        using var scope = NewDisposeScope();
        var plain = Finish(_folder.PathOf("plain"), Recipe with { WeightAveraging = 0 });
        var averaged = Finish(_folder.PathOf("averaged"), Recipe);
        var (before, after) = (History("plain"), History("averaged"));
        Assert.Equal(before.Select(epoch => epoch.TrainingLoss), after.Select(epoch => epoch.TrainingLoss));
        Assert.NotEqual(before[^1].ValidationLoss, after[^1].ValidationLoss);
        Assert.NotEqual(plain["final.safetensors"], averaged["final.safetensors"]);

        // The checkpoint has both; what is kept is the average.
        var checkpoint = Safetensors.Load(_folder.PathOf("averaged", "checkpoint.safetensors")).Tensors;
        var trained = Safetensors.Load(_folder.PathOf("plain", "final.safetensors")).Tensors;
        var kept = Safetensors.Load(_folder.PathOf("averaged", "final.safetensors")).Tensors;
        Assert.All(trained, pair => Assert.True(pair.Value.equal(checkpoint[pair.Key]).all().item<bool>(), pair.Key));
        Assert.All(kept, pair => Assert.True(pair.Value.equal(checkpoint["average." + pair.Key]).all().item<bool>(), pair.Key));
        Assert.True(kept.Keys.Order().SequenceEqual(trained.Keys.Order()), "the average has other names");
    }

    [Fact]
    [Promise("A training with a schedule and an average of the weights, stopped after any step, resumes bit for bit")]
    public void Training_with_schedule_and_average_stopped_after_any_step_resumes_bit_for_bit()
    {
        var whole = Finish(_folder.PathOf("whole"), Recipe);
        for (var stop = 1; stop <= AllSteps; stop++)
        {
            var folder = _folder.PathOf($"stopped after {stop}");
            using (var trainer = TinyRuns.TrainingRun(folder, Recipe))
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
                Assert.Throws<OperationCanceledException>(() => trainer.Run(watch, source.Token).ToList());
            }

            Assert.Equal(whole, Finish(folder, Recipe));
        }

        PromiseTable.Kept($"stopped after each of {AllSteps} steps");
    }

    [Fact]
    public void A_finished_training_that_is_opened_again_has_the_average()
    {
        using var scope = NewDisposeScope();
        Finish(_folder.PathOf("run"), Recipe);
        File.Delete(_folder.PathOf("run", "final.safetensors")); // it is written again, from the checkpoint
        var best = Safetensors.Load(_folder.PathOf("run", "checkpoint.safetensors")).Tensors;
        Finish(_folder.PathOf("run"), Recipe);
        Assert.All(Safetensors.Load(_folder.PathOf("run", "final.safetensors")).Tensors, pair => Assert.True(pair.Value.equal(best["average." + pair.Key]).all().item<bool>(), pair.Key));
    }

    [Fact]
    public void A_training_repeats_from_its_configuration()
    {
        Finish(_folder.PathOf("first"), Recipe);
        using (var again = TrainingRun.Repeat(_folder.PathOf("first", "config.json"), _folder.PathOf("again"), [.. TinyRuns.Cases(0), .. TinyRuns.Cases(20, 1)]))
        {
            _ = again.Run(cancellation: TestContext.Current.CancellationToken).ToList();
        }

        Assert.Equal(TinyRuns.Files(_folder.PathOf("first")), TinyRuns.Files(_folder.PathOf("again")));
    }

    [Fact]
    public void Configurations_without_these_options_stay_as_they_were()
    {
        string Text(TrainingOptions options) => Encoding.UTF8.GetString(JsonFile.Serialize(options));
        Assert.All(["schedule", "weightAveraging"], name => Assert.DoesNotContain($"\"{name}\"", Text(TinyRuns.TrainingOptions), StringComparison.Ordinal));
        Assert.All(["schedule", "weightAveraging"], name => Assert.Contains($"\"{name}\"", Text(Recipe), StringComparison.Ordinal));
    }

    [Fact]
    public void A_schedule_or_average_out_of_range_is_refused()
    {
        Assert.Contains("WeightAveraging", Assert.Throws<RunException>((Recipe with { WeightAveraging = 1.5 }).Validate).Message, StringComparison.Ordinal);
        Assert.Contains("WarmUp", Assert.Throws<RunException>((Recipe with { Schedule = new WarmUpCosine(1.5) }).Validate).Message, StringComparison.Ordinal);
        Assert.Contains("First", Assert.Throws<RunException>((Recipe with { Schedule = new WarmUpCosine(0.1, -1) }).Validate).Message, StringComparison.Ordinal);
    }

    private static DerivedUNet Network() => new(TinyRuns.Plan, TinyRuns.Architecture, 1) { Precision = Precision.Auto };

    private static TrainingLoop Loop(DerivedUNet network, TrainingOptions options) => new(network, TinyRuns.Cases(0), TinyRuns.Cases(20, 1), options);

    private static Tensor Flat(DerivedUNet network) => cat([.. network.parameters().Select(p => p.detach().flatten())]);

    private static List<Tensor> WeightsAfterEachStep(TrainingOptions options)
    {
        using var network = Network();
        using var loop = Loop(network, options);
        var weights = new List<Tensor>();
        _ = loop.Run(_ => weights.Add(Flat(network)), TestContext.Current.CancellationToken).ToList();
        return weights;
    }

    private static SortedDictionary<string, string> Finish(string folder, TrainingOptions options)
    {
        using var trainer = TinyRuns.TrainingRun(folder, options);
        _ = trainer.Run(cancellation: TestContext.Current.CancellationToken).ToList();
        return TinyRuns.Files(folder);
    }

    private IReadOnlyList<TrainingEpoch> History(string name) => new RunFolder(_folder.PathOf(name)).ReadHistory<TrainingEpoch>();

    private sealed record StepAt(double Share) : LearningRateSchedule
    {
        public override double At(double progress) => progress < Share ? 0 : 1;
    }

    private sealed record Decay(int Epochs) : LearningRateSchedule
    {
        public override double At(double progress) => new PolynomialDecay(1, Epochs).At((int)(progress * Epochs));
    }
}

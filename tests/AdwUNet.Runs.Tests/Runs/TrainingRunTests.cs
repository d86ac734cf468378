using AdwUNet.Prediction;
using AdwUNet.Runs;
using AdwUNet.Training;

namespace AdwUNet.Runs.Tests;

/// <summary>A training in its folder: what it leaves there, and that stopping it changes nothing.</summary>
public sealed class TrainingRunTests : IDisposable
{
    private const int AllSteps = TinyRuns.Epochs * TinyRuns.Iterations;

    private readonly TemporaryFolder _folder = new(inMemory: true);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_training_leaves_all_that_prediction_needs()
    {
        var folder = _folder.PathOf("run");
        Finish(folder);
        Assert.Equal(
            [
                "architecture.json", "best.safetensors", "checkpoint.safetensors", "config.json", "final.safetensors", "history.jsonl",
                "plan.json", "timing.jsonl",
            ],
            Directory.GetFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_training_stopped_after_any_step_resumes_bit_for_bit()
    {
        var whole = Finish(_folder.PathOf("whole"));
        for (var stop = 1; stop <= AllSteps; stop++)
        {
            var folder = _folder.PathOf($"stopped after {stop}");
            RunUntil(folder, stop);
            Assert.False(File.Exists(Path.Combine(folder, TrainedModel.FinalWeightsFile)), "a training that was stopped looks finished");
            Assert.Equal(whole, Finish(folder));
        }
    }

    [Fact]
    public void A_training_stopped_after_every_step_resumes_bit_for_bit()
    {
        var folder = _folder.PathOf("stopped");
        for (var session = 0; session < AllSteps; session++)
        {
            RunUntil(folder, 1);
        }

        Assert.Equal(Finish(_folder.PathOf("whole")), Finish(folder));
    }

    [Fact]
    public void A_training_stopped_while_it_validates_keeps_its_steps()
    {
        var folder = _folder.PathOf("stopped");
        using var source = new CancellationTokenSource();
        var watched = new WatchedCase(TinyRuns.Cases(20, 1)[0], source.Cancel);
        using (var trainer = TinyRuns.TrainingRun(folder, validation: watched, threads: 0))
        {
            Assert.Throws<OperationCanceledException>(() => trainer.Run(cancellation: source.Token).ToList());
        }

        var steps = 0;
        using (var trainer = TinyRuns.TrainingRun(folder))
        {
            _ = trainer.Run(new Immediate<StepProgress>(_ => steps++), TestContext.Current.CancellationToken).ToList();
        }

        Assert.Equal(AllSteps - TinyRuns.Iterations, steps);
        Assert.Equal(Finish(_folder.PathOf("whole")), TinyRuns.Files(folder));
    }

    [Fact]
    public void The_seed_decides_and_the_number_of_threads_does_not()
    {
        var whole = Finish(_folder.PathOf("one"));
        Assert.Equal(whole, Finish(_folder.PathOf("again")));
        Assert.Equal(whole, Finish(_folder.PathOf("none"), threads: 0));
        Assert.Equal(whole, Finish(_folder.PathOf("three"), threads: 3));
        var other = Finish(_folder.PathOf("other"), TinyRuns.TrainingOptions with { Seed = 2 });
        Assert.NotEqual(whole["history.jsonl"], other["history.jsonl"]);
    }

    [Fact]
    public void Another_setting_in_the_same_folder_is_refused_by_its_name()
    {
        var folder = _folder.PathOf("run");
        RunUntil(folder, 1);
        var before = TinyRuns.Files(folder);
        var error = Assert.Throws<RunException>(() => TinyRuns.TrainingRun(folder, TinyRuns.TrainingOptions with { LearningRate = 0.5 }));
        Assert.Equal(
            $"{folder} holds a run with another setting: options.learningRate is 0.01 there and 0.5 here; choose another run name, or move the folder away.",
            error.Message);
        Assert.Equal(before, TinyRuns.Files(folder));
    }

    [Fact]
    public void Loss_that_is_not_finite_ends_the_training_before_a_checkpoint()
    {
        var folder = _folder.PathOf("run");
        using var trainer = TinyRuns.TrainingRun(folder, training: TinyRuns.Nan());
        var error = Assert.Throws<NumericalException>(() => trainer.Run(cancellation: TestContext.Current.CancellationToken).ToList());
        Assert.StartsWith("A value is not finite in iteration 0 of epoch 0 (0-based); the first such tensor is the image: sample ", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder, "*.safetensors"));
    }

    [Fact]
    public void Steps_and_validation_leave_no_tensor_behind()
    {
        var counts = new List<long>();
        var epochs = new List<long>();
        using var trainer = TinyRuns.TrainingRun(_folder.PathOf("run"));
        foreach (var _ in trainer.Run(
            new Immediate<StepProgress>(_ => counts.Add(TinyRuns.LiveTensors)), TestContext.Current.CancellationToken))
        {
            epochs.Add(TinyRuns.LiveTensors);
        }

        Assert.Single(counts.Concat(epochs).Distinct());
    }

    private static SortedDictionary<string, string> Finish(string folder, TrainingOptions? options = null, int threads = 1)
    {
        using var trainer = TinyRuns.TrainingRun(folder, options, threads: threads);
        _ = trainer.Run(cancellation: TestContext.Current.CancellationToken).ToList();
        return TinyRuns.Files(folder);
    }

    private static void RunUntil(string folder, int steps)
    {
        using var source = new CancellationTokenSource();
        using var trainer = TinyRuns.TrainingRun(folder);
        var count = 0;
        var progress = new Immediate<StepProgress>(_ =>
        {
            if (++count == steps)
            {
                source.Cancel();
            }
        });
        Assert.Throws<OperationCanceledException>(() => trainer.Run(progress, source.Token).ToList());
        Assert.Equal(steps, count);
    }
}

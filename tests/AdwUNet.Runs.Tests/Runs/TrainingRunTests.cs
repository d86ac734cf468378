using AdwUNet.Networks;
using AdwUNet.Prediction;
using AdwUNet.Preprocessing;
using AdwUNet.Runs;
using AdwUNet.Training;

namespace AdwUNet.Runs.Tests;

/// <summary>A training in its folder: what it leaves there, and that stopping it changes nothing.</summary>
public sealed class TrainingRunTests : DurableRunTests<DerivedUNet, TrainingState, TrainingEpoch>
{
    protected override string OtherSetting => "options.learningRate is 0.01 there and 0.5 here";

    [Fact]
    public void A_training_leaves_all_that_prediction_needs()
    {
        var folder = PathOf("run");
        Finish(Open(folder));
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
        var whole = Finish(Open(PathOf("whole")));
        for (var stop = 1; stop <= AllSteps; stop++)
        {
            var folder = PathOf($"stopped after {stop}");
            RunUntil(Open(folder), stop);
            Assert.False(File.Exists(Path.Combine(folder, TrainedModel.FinalWeightsFile)), "a training that was stopped looks finished");
            Assert.Equal(whole, Finish(Open(folder)));
        }
    }

    [Fact]
    public void Steps_and_validation_leave_no_tensor_behind()
    {
        var counts = new List<long>();
        var epochs = new List<long>();
        using var trainer = TinyRuns.TrainingRun(PathOf("run"));
        foreach (var _ in trainer.Run(
            new Immediate<StepProgress>(_ => counts.Add(TinyRuns.LiveTensors)), TestContext.Current.CancellationToken))
        {
            epochs.Add(TinyRuns.LiveTensors);
        }

        Assert.Single(counts.Concat(epochs).Distinct());
    }

    protected override DurableRun<DerivedUNet, TrainingState, TrainingEpoch> Open(
        string folder, ulong seed = 1, IPreprocessedCase? validation = null, IPreprocessedCase? training = null, int threads = 1) =>
        TinyRuns.TrainingRun(folder, TinyRuns.TrainingOptions with { Seed = seed }, validation, training, threads);

    protected override IDisposable OpenWithOtherSetting(string folder) => TinyRuns.TrainingRun(folder, TinyRuns.TrainingOptions with { LearningRate = 0.5 });
}

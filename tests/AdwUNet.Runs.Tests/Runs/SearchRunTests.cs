using AdwUNet.Architectures;
using AdwUNet.Networks;
using AdwUNet.Preprocessing;
using AdwUNet.Runs;
using AdwUNet.Search;
using AdwUNet.Training;

namespace AdwUNet.Runs.Tests;

/// <summary>A search in its folder: what it leaves there, and that stopping it changes nothing.</summary>
public sealed class SearchRunTests : DurableRunTests<Supernet, SearchState, SearchEpoch>
{
    protected override string OtherSetting => "options.momentum is 0.99 there and 0.5 here";

    [Theory]
    [InlineData(Family.AdwUNet)]
    [InlineData(Family.AwUNet)]
    [InlineData(Family.AdUNet)]
    public void A_search_leaves_its_config_history_checkpoint_and_architecture(Family family)
    {
        var folder = PathOf("run");
        using var search = TinyRuns.Search(folder, family: family);
        var epochs = search.Run(cancellation: TestContext.Current.CancellationToken).ToList();
        Assert.True(search.IsFinished);
        Assert.Equal(
            ["architecture.json", "checkpoint.safetensors", "config.json", "history.jsonl", "timing.jsonl"],
            Directory.GetFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal([0, 1, 2], epochs.Select(e => e.Epoch));
        Assert.Equal([true, false, false], epochs.Select(e => e.ArchitectureLoss is null));
        Assert.Equal(epochs[^1].Architecture, ArchitectureFile.Load(search.ArchitecturePath).ToString());
        Assert.Equal(
            epochs.Select(e => (e.WeightLoss, e.ValidationLoss, e.Architecture)),
            new RunFolder(folder).ReadHistory<SearchEpoch>().Select(e => (e.WeightLoss, e.ValidationLoss, e.Architecture)));
    }

    [Theory]
    [InlineData(Family.AdwUNet)]
    [InlineData(Family.AwUNet)]
    [InlineData(Family.AdUNet)]
    public void A_search_stopped_after_any_step_resumes_bit_for_bit(Family family)
    {
        var whole = Finish(TinyRuns.Search(PathOf("whole"), family: family));
        for (var stop = 1; stop <= AllSteps; stop += family == Family.AdwUNet ? 1 : 3)
        {
            var folder = PathOf($"stopped after {stop}");
            RunUntil(TinyRuns.Search(folder, family: family), stop);
            Assert.True(File.Exists(Path.Combine(folder, "checkpoint.safetensors")), "no checkpoint was written");
            Assert.False(File.Exists(Path.Combine(folder, "architecture.json")), "a search that was stopped looks finished");
            Assert.Equal(whole, Finish(TinyRuns.Search(folder, family: family)));
        }
    }

    [Fact]
    public void A_damaged_folder_is_refused_by_the_file()
    {
        var folder = PathOf("run");
        RunUntil(Open(folder), TinyRuns.Iterations + 1);
        string In(string file) => Path.Combine(folder, file);
        void Refused(string file, byte[] content, string message)
        {
            var before = File.ReadAllBytes(In(file));
            File.WriteAllBytes(In(file), content);
            var error = Assert.Throws<RunException>(() => Open(folder));
            Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
            Assert.EndsWith("; move the folder away to start again.", error.Message, StringComparison.Ordinal);
            Assert.Equal(content, File.ReadAllBytes(In(file)));
            File.WriteAllBytes(In(file), before);
        }

        var checkpoint = File.ReadAllBytes(In("checkpoint.safetensors"));
        foreach (var length in new[] { 0, 7, 8, 100, checkpoint.Length / 2, checkpoint.Length - 1 })
        {
            Refused("checkpoint.safetensors", checkpoint[..length], $"The checkpoint {In("checkpoint.safetensors")} cannot be resumed from: ");
        }

        Refused("config.json", "{"u8.ToArray(), $"{In("config.json")} is damaged in line 1 (");
        Refused("history.jsonl", "{\"epoch\": 0"u8.ToArray(), $"{In("history.jsonl")} is damaged in line 1");
        Refused("history.jsonl", [], $"{folder} holds a checkpoint after 1 epochs and a history of 0");
        Assert.Equal(Finish(Open(PathOf("whole"))), Finish(Open(folder)));
    }

    [Fact]
    public void Steps_and_validation_leave_no_tensor_behind()
    {
        var counts = new List<long>();
        using var search = TinyRuns.Search(
            PathOf("run"), TinyRuns.SearchOptions with { Epochs = 4, Sampling = new() });
        var epochs = new List<long>();
        foreach (var _ in search.Run(
            new Immediate<StepProgress>(_ => counts.Add(TinyRuns.LiveTensors)), TestContext.Current.CancellationToken))
        {
            epochs.Add(TinyRuns.LiveTensors);
        }

        // The first step of a kind makes the optimiser's state; every later one ends with as many tensors as it began with.
        Assert.Single(counts.Take(TinyRuns.Iterations).Skip(1).Distinct());
        Assert.Single(counts.Skip(TinyRuns.Iterations).Distinct());
        Assert.Equal(counts[^1], epochs[^1]);
        Assert.Single(epochs.Skip(1).Distinct());
    }

    protected override DurableRun<Supernet, SearchState, SearchEpoch> Open(
        string folder, ulong seed = 1, IPreprocessedCase? validation = null, IPreprocessedCase? training = null, int threads = 1) =>
        TinyRuns.Search(folder, TinyRuns.SearchOptions with { Seed = seed }, validation: validation, half: training, threads: threads);

    protected override IDisposable OpenWithOtherSetting(string folder) => TinyRuns.Search(folder, TinyRuns.SearchOptions with { Momentum = 0.5 });
}

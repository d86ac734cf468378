using AdwUNet.Architectures;
using AdwUNet.Runs;
using AdwUNet.Search;
using AdwUNet.Training;

namespace AdwUNet.Runs.Tests;

/// <summary>A search in its folder: what it leaves there, and that stopping it changes nothing.</summary>
public sealed class SearchRunTests : IDisposable
{
    private const int AllSteps = TinyRuns.Epochs * TinyRuns.Iterations;

    private readonly TemporaryFolder _folder = new(inMemory: true);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(Family.AdwUNet)]
    [InlineData(Family.AwUNet)]
    [InlineData(Family.AdUNet)]
    public void A_search_leaves_its_config_history_checkpoint_and_architecture(Family family)
    {
        var folder = _folder.PathOf("run");
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
        var whole = Finish(_folder.PathOf("whole"), family);
        for (var stop = 1; stop <= AllSteps; stop += family == Family.AdwUNet ? 1 : 3)
        {
            var folder = _folder.PathOf($"stopped after {stop}");
            RunUntil(folder, stop, family);
            Assert.True(File.Exists(Path.Combine(folder, "checkpoint.safetensors")), "no checkpoint was written");
            Assert.False(File.Exists(Path.Combine(folder, "architecture.json")), "a search that was stopped looks finished");
            Assert.Equal(whole, Finish(folder, family));
        }
    }

    [Fact]
    public void A_search_stopped_after_every_step_resumes_bit_for_bit()
    {
        var folder = _folder.PathOf("stopped");
        for (var session = 0; session < AllSteps; session++)
        {
            RunUntil(folder, 1);
        }

        Assert.Equal(Finish(_folder.PathOf("whole")), Finish(folder));
    }

    [Fact]
    public void A_search_stopped_while_it_validates_keeps_its_steps()
    {
        var folder = _folder.PathOf("stopped");
        using var source = new CancellationTokenSource();
        var watched = new WatchedCase(TinyRuns.Cases(20, 1)[0], source.Cancel);
        using (var search = TinyRuns.Search(folder, validation: watched, threads: 0))
        {
            Assert.Throws<OperationCanceledException>(() => search.Run(cancellation: source.Token).ToList());
        }

        var steps = 0;
        using (var search = TinyRuns.Search(folder))
        {
            Assert.Empty(search.History);
            _ = search.Run(new Immediate<StepProgress>(_ => steps++), TestContext.Current.CancellationToken).ToList();
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
        var other = Finish(_folder.PathOf("other"), options: TinyRuns.SearchOptions with { Seed = 2 });
        Assert.NotEqual(whole["history.jsonl"], other["history.jsonl"]);
    }

    [Fact]
    public void A_finished_search_is_not_changed_by_running_it_again()
    {
        var folder = _folder.PathOf("run");
        var whole = Finish(folder);
        using (var search = TinyRuns.Search(folder))
        {
            Assert.True(search.IsFinished);
            Assert.Equal(TinyRuns.Epochs, search.History.Count);
            Assert.Empty(search.Run(cancellation: TestContext.Current.CancellationToken));
        }

        Assert.Equal(whole, TinyRuns.Files(folder));
    }

    [Fact]
    public void Another_setting_in_the_same_folder_is_refused_by_its_name()
    {
        var folder = _folder.PathOf("run");
        RunUntil(folder, 1);
        var before = TinyRuns.Files(folder);
        var error = Assert.Throws<RunException>(() => TinyRuns.Search(folder, TinyRuns.SearchOptions with { Momentum = 0.5 }));
        Assert.Equal(
            $"{folder} holds a run with another setting: options.momentum is 0.99 there and 0.5 here; choose another run name, or move the folder away.",
            error.Message);
        Assert.Equal(before, TinyRuns.Files(folder));
    }

    [Fact]
    public void A_damaged_folder_is_refused_by_the_file()
    {
        var folder = _folder.PathOf("run");
        RunUntil(folder, TinyRuns.Iterations + 1);
        string PathOf(string file) => Path.Combine(folder, file);
        void Refused(string file, byte[] content, string message)
        {
            var before = File.ReadAllBytes(PathOf(file));
            File.WriteAllBytes(PathOf(file), content);
            var error = Assert.Throws<RunException>(() => TinyRuns.Search(folder));
            Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
            Assert.EndsWith("; move the folder away to start again.", error.Message, StringComparison.Ordinal);
            Assert.Equal(content, File.ReadAllBytes(PathOf(file)));
            File.WriteAllBytes(PathOf(file), before);
        }

        var checkpoint = File.ReadAllBytes(PathOf("checkpoint.safetensors"));
        foreach (var length in new[] { 0, 7, 8, 100, checkpoint.Length / 2, checkpoint.Length - 1 })
        {
            Refused("checkpoint.safetensors", checkpoint[..length], $"The checkpoint {PathOf("checkpoint.safetensors")} cannot be resumed from: ");
        }

        Refused("config.json", "{"u8.ToArray(), $"{PathOf("config.json")} is damaged in line 1 (");
        Refused("history.jsonl", "{\"epoch\": 0"u8.ToArray(), $"{PathOf("history.jsonl")} is damaged in line 1");
        Refused("history.jsonl", [], $"{folder} holds a checkpoint after 1 epochs and a history of 0");
        Assert.Equal(Finish(_folder.PathOf("whole")), Finish(folder));
    }

    [Fact]
    public void Loss_that_is_not_finite_ends_the_search_before_a_checkpoint()
    {
        var folder = _folder.PathOf("run");
        using var search = TinyRuns.Search(folder, half: TinyRuns.Nan());
        var error = Assert.Throws<NumericalException>(() => search.Run(cancellation: TestContext.Current.CancellationToken).ToList());
        Assert.StartsWith("A value is not finite in iteration 0 of epoch 0 (0-based); the first such tensor is the image: sample ", error.Message, StringComparison.Ordinal);
        Assert.Equal(["config.json"], Directory.GetFiles(folder).Select(Path.GetFileName));
    }

    [Fact]
    public void Steps_and_validation_leave_no_tensor_behind()
    {
        var counts = new List<long>();
        using var search = TinyRuns.Search(
            _folder.PathOf("run"), TinyRuns.SearchOptions with { Epochs = 4, Sampling = new() });
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

    private static SortedDictionary<string, string> Finish(
        string folder, Family family = Family.AdwUNet, SearchOptions? options = null, int threads = 1)
    {
        using var search = TinyRuns.Search(folder, options, family, threads: threads);
        _ = search.Run(cancellation: TestContext.Current.CancellationToken).ToList();
        return TinyRuns.Files(folder);
    }

    private static void RunUntil(string folder, int steps, Family family = Family.AdwUNet)
    {
        using var source = new CancellationTokenSource();
        using var search = TinyRuns.Search(folder, family: family);
        var count = 0;
        var progress = new Immediate<StepProgress>(_ =>
        {
            if (++count == steps)
            {
                source.Cancel();
            }
        });
        Assert.Throws<OperationCanceledException>(() => search.Run(progress, source.Token).ToList());
        Assert.Equal(steps, count);
    }
}

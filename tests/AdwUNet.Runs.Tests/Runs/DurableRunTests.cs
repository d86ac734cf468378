using AdwUNet.Networks;
using AdwUNet.Preprocessing;
using AdwUNet.Runs;
using AdwUNet.Training;

namespace AdwUNet.Runs.Tests;

/// <summary>Guarantees of searches and trainings alike: stopping a run changes nothing, and its folder belongs to one configuration.</summary>
public abstract class DurableRunTests<TNetwork, TState, TEpoch> : IDisposable
    where TNetwork : EncoderDecoder
    where TState : ILoopState
{
    private protected const int AllSteps = TinyRuns.Epochs * TinyRuns.Iterations;

    private readonly TemporaryFolder _folder = new(inMemory: true);

    /// <summary>What <see cref="OpenWithOtherSetting"/> changes, as the error says it.</summary>
    protected abstract string OtherSetting { get; }

    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public void Run_stopped_after_every_step_resumes_bit_for_bit()
    {
        var folder = PathOf("stopped");
        for (var session = 0; session < AllSteps; session++)
        {
            RunUntil(Open(folder), 1);
        }

        Assert.Equal(Finish(Open(PathOf("whole"))), Finish(Open(folder)));
    }

    [Fact]
    public void Run_stopped_while_it_validates_keeps_its_steps()
    {
        var folder = PathOf("stopped");
        using var source = new CancellationTokenSource();
        using (var run = Open(folder, validation: new WatchedCase(TinyRuns.Cases(20, 1)[0], source.Cancel), threads: 0))
        {
            Assert.Throws<OperationCanceledException>(() => run.Run(cancellation: source.Token).ToList());
        }

        var steps = 0;
        using (var run = Open(folder))
        {
            Assert.Empty(run.History);
            _ = run.Run(new Immediate<StepProgress>(_ => steps++), TestContext.Current.CancellationToken).ToList();
        }

        Assert.Equal(AllSteps - TinyRuns.Iterations, steps);
        Assert.Equal(Finish(Open(PathOf("whole"))), TinyRuns.Files(folder));
    }

    [Fact]
    public void The_seed_decides_and_the_number_of_threads_does_not()
    {
        var whole = Finish(Open(PathOf("one")));
        Assert.Equal(whole, Finish(Open(PathOf("again"))));
        Assert.Equal(whole, Finish(Open(PathOf("none"), threads: 0)));
        Assert.Equal(whole, Finish(Open(PathOf("three"), threads: 3)));
        Assert.NotEqual(whole["history.jsonl"], Finish(Open(PathOf("other"), seed: 2))["history.jsonl"]);
    }

    [Fact]
    public void A_finished_run_is_not_changed_by_running_it_again()
    {
        var folder = PathOf("run");
        var whole = Finish(Open(folder));
        using (var run = Open(folder))
        {
            Assert.True(run.IsFinished);
            Assert.Equal(TinyRuns.Epochs, run.History.Count);
            Assert.Empty(run.Run(cancellation: TestContext.Current.CancellationToken));
        }

        Assert.Equal(whole, TinyRuns.Files(folder));
    }

    [Fact]
    public void Another_setting_in_the_same_folder_is_refused_by_its_name()
    {
        var folder = PathOf("run");
        RunUntil(Open(folder), 1);
        var before = TinyRuns.Files(folder);
        var error = Assert.Throws<RunException>(() => OpenWithOtherSetting(folder));
        Assert.Equal($"{folder} holds a run with another setting: {OtherSetting}; choose another run name, or move the folder away.", error.Message);
        Assert.Equal(before, TinyRuns.Files(folder));
    }

    [Fact]
    public void Loss_that_is_not_finite_ends_the_run_before_a_checkpoint()
    {
        var folder = PathOf("run");
        using var run = Open(folder, training: TinyRuns.Nan());
        var error = Assert.Throws<NumericalException>(() => run.Run(cancellation: TestContext.Current.CancellationToken).ToList());
        Assert.StartsWith("A value is not finite in iteration 0 of epoch 0 (0-based); the first such tensor is the image: sample ", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder, "*.safetensors"));
    }

    /// <summary>A run on the cases of <see cref="TinyRuns"/>.</summary>
    protected abstract DurableRun<TNetwork, TState, TEpoch> Open(
        string folder, ulong seed = 1, IPreprocessedCase? validation = null, IPreprocessedCase? training = null, int threads = 1);

    protected abstract IDisposable OpenWithOtherSetting(string folder);

    protected string PathOf(string name) => _folder.PathOf(name);

    /// <summary>Runs the remaining epochs and disposes the run.</summary>
    /// <returns>The bytes of its files.</returns>
    private protected static SortedDictionary<string, string> Finish(DurableRun<TNetwork, TState, TEpoch> run)
    {
        using (run)
        {
            _ = run.Run(cancellation: TestContext.Current.CancellationToken).ToList();
        }

        return TinyRuns.Files(run.Folder);
    }

    /// <summary>Cancels the run after some steps and disposes it.</summary>
    private protected static void RunUntil(DurableRun<TNetwork, TState, TEpoch> run, int steps)
    {
        using var disposed = run;
        using var source = new CancellationTokenSource();
        var count = 0;
        var progress = new Immediate<StepProgress>(_ =>
        {
            if (++count == steps)
            {
                source.Cancel();
            }
        });
        Assert.Throws<OperationCanceledException>(() => run.Run(progress, source.Token).ToList());
        Assert.Equal(steps, count);
    }
}

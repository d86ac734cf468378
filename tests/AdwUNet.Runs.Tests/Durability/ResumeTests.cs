using AdwUNet.Experiments;
using AdwUNet.Runs;
using AdwUNet.Search;
using AdwUNet.Training;

namespace AdwUNet.Runs.Tests.Durability;

/// <summary>
/// The profile <c>quick</c> stopped and gone on with: its networks, sampling, augmentation, optimisers and schedules, in fewer steps unless
/// <see cref="WholeVariable"/> is 1.
/// </summary>
public sealed class ResumeTests : IDisposable
{
    /// <summary>The environment variable that makes these tests run the profile from its first step to its last.</summary>
    public const string WholeVariable = "ADWUNET_WHOLE_RUNS";

    private static readonly int[] LoaderThreads = [1, 0, 3, 2];

    private readonly TemporaryFolder _folder = new(inMemory: true);

    private static bool IsWhole => Environment.GetEnvironmentVariable(WholeVariable) == "1";

    private static SearchOptions SearchOptions => IsWhole
        ? QuickRuns.Profile.Search
        : QuickRuns.Profile.Search with { Epochs = 5, WarmUpEpochs = 2, IterationsPerEpoch = 4, ValidationIterations = 2 };

    private static TrainingOptions TrainingOptions => IsWhole
        ? QuickRuns.Profile.Training
        : QuickRuns.Profile.Training with { Epochs = 4, IterationsPerEpoch = 6, ValidationIterations = 2 };

    public void Dispose() => _folder.Dispose();

    [Fact]
    [Promise("A search that is stopped at random steps, in and after the warm-up, resumes bit for bit with any number of loader threads")]
    public void A_quick_search_stopped_at_random_steps_resumes_bit_for_bit()
    {
        var options = SearchOptions;
        var warmUp = options.WarmUpEpochs * options.IterationsPerEpoch;
        var all = options.Epochs * options.IterationsPerEpoch;

        // Some in the warm-up, its last step and the first after it, some in the search, and its last step.
        var random = new Random(6);
        SortedSet<int> stops = [random.Next(1, warmUp), random.Next(1, warmUp), warmUp, warmUp + 1, random.Next(warmUp + 2, all), random.Next(warmUp + 2, all), all];
        using (var search = QuickRuns.Search(_folder.PathOf("whole"), options, LoaderThreads[0]))
        {
            _ = search.Run(cancellation: TestContext.Current.CancellationToken).ToList();
        }

        var sessions = StopAndGoOn(stops, (progress, token, threads) =>
        {
            using var search = QuickRuns.Search(_folder.PathOf("stopped"), options, threads);
            _ = search.Run(progress, token).ToList();
        });

        Assert.Equal(TinyRuns.Files(_folder.PathOf("whole")), TinyRuns.Files(_folder.PathOf("stopped")));
        PromiseTable.Kept(
            $"{all} steps of the profile quick ({warmUp} of them warm-up), stopped after the steps {string.Join(", ", stops)}; "
            + $"{sessions} sessions with {Threads} loader threads");
    }

    [Fact]
    [Promise("A training that is stopped at random steps resumes bit for bit with any number of loader threads")]
    public void A_quick_training_stopped_at_random_steps_resumes_bit_for_bit()
    {
        var options = TrainingOptions;
        var all = options.Epochs * options.IterationsPerEpoch;
        var random = new Random(7);
        SortedSet<int> stops = [1, .. Enumerable.Range(0, 4).Select(_ => random.Next(2, all)), all];
        using (var trainer = QuickRuns.TrainingRun(_folder.PathOf("whole"), options, LoaderThreads[0]))
        {
            _ = trainer.Run(cancellation: TestContext.Current.CancellationToken).ToList();
        }

        var sessions = StopAndGoOn(stops, (progress, token, threads) =>
        {
            using var trainer = QuickRuns.TrainingRun(_folder.PathOf("stopped"), options, threads);
            _ = trainer.Run(progress, token).ToList();
        });

        Assert.Equal(TinyRuns.Files(_folder.PathOf("whole")), TinyRuns.Files(_folder.PathOf("stopped")));
        PromiseTable.Kept(
            $"{all} steps of the profile quick, stopped after the steps {string.Join(", ", stops)}; {sessions} sessions with {Threads} loader threads");
    }

    [Fact]
    [Promise("A resumed search has the temperature of its epoch: it is annealed once per epoch, and not at a resume")]
    public void Resumed_search_has_the_temperature_of_an_uninterrupted_search()
    {
        var options = TinyRuns.SearchOptions with { Epochs = 6, WarmUpEpochs = 2 };
        var all = options.Epochs * options.IterationsPerEpoch;
        var stops = Enumerable.Range(1, all).ToList();
        StopAndGoOn(stops, (progress, token, threads) =>
        {
            using var search = TinyRuns.Search(_folder.PathOf("run"), options, threads: threads);
            _ = search.Run(progress, token).ToList();
        });

        // τ is 5 until the first epoch with architecture steps, and that one too; then 0.97 times as much each epoch.
        double[] expected = [5, 5, 5, 5 * 0.97, 5 * 0.97 * 0.97, 5 * 0.97 * 0.97 * 0.97];
        Assert.Equal(expected, new RunFolder(_folder.PathOf("run")).ReadHistory<SearchEpoch>().Select(epoch => epoch.Temperature));
        PromiseTable.Kept($"a search stopped after each of its {all} steps");
    }

    [Fact]
    public void Run_resumes_from_its_checkpoint_after_an_error_within_a_step()
    {
        var half = TinyRuns.Cases(10, 1)[0];
        using (var search = TinyRuns.Search(_folder.PathOf("whole"), half: half))
        {
            _ = search.Run(cancellation: TestContext.Current.CancellationToken).ToList();
        }

        // Half B is read after the architecture step on half A was made.
        var isBroken = false;
        var breaking = new WatchedCase(half, () =>
        {
            if (isBroken)
            {
                throw new IOException("The disk of the data is gone.");
            }
        });
        using var broken = TinyRuns.Search(_folder.PathOf("stopped"), half: breaking, threads: 0);
        Assert.ThrowsAny<AdwUNetException>(() => broken.Run(
            new Immediate<StepProgress>(step => isBroken = step is { Epoch: 1, Iteration: 2 }), TestContext.Current.CancellationToken).ToList());
        isBroken = false;
        var steps = 0;
        _ = broken.Run(new Immediate<StepProgress>(_ => steps++), TestContext.Current.CancellationToken).ToList();
        Assert.Equal(2 * TinyRuns.Iterations, steps);
        Assert.Equal(TinyRuns.Files(_folder.PathOf("whole")), TinyRuns.Files(_folder.PathOf("stopped")));
    }

    private static string Threads => string.Join(", ", LoaderThreads.Order());

    /// <summary>Runs in as many sessions as there are stops, and one more.</summary>
    private static int StopAndGoOn(IEnumerable<int> stops, Action<IProgress<StepProgress>, CancellationToken, int> run)
    {
        var (done, sessions) = (0, 0);
        foreach (var stop in stops)
        {
            using var source = new CancellationTokenSource();
            Assert.Throws<OperationCanceledException>(() => run(
                new Immediate<StepProgress>(_ =>
                {
                    if (++done == stop)
                    {
                        source.Cancel();
                    }
                }),
                source.Token,
                LoaderThreads[sessions % LoaderThreads.Length]));
            Assert.Equal(stop, done);
            sessions++;
        }

        run(new Immediate<StepProgress>(_ => done++), TestContext.Current.CancellationToken, LoaderThreads[sessions % LoaderThreads.Length]);
        return sessions + 1;
    }
}

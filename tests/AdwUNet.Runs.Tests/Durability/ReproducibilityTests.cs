using AdwUNet.Architectures;
using AdwUNet.Augmentation;
using AdwUNet.Experiments;
using AdwUNet.Planning;
using AdwUNet.Preprocessing;
using AdwUNet.Runs;
using AdwUNet.Sampling;
using AdwUNet.Search;
using AdwUNet.Training;
using TorchSharp;

namespace AdwUNet.Runs.Tests.Durability;

/// <summary>What makes a run the same run again.</summary>
public sealed class ReproducibilityTests : IDisposable
{
    private readonly TemporaryFolder _folder = new(inMemory: true);

    private static IReadOnlyList<IPreprocessedCase> AllCases => [.. TinyRuns.Cases(0, 6), .. TinyRuns.Cases(10), .. TinyRuns.Cases(20, 2)];

    public void Dispose() => _folder.Dispose();

    [Fact]
    [Promise("Two runs with the same seed on one machine are identical bit for bit, with one libtorch thread and with several")]
    public void Two_runs_of_one_seed_are_the_same_to_the_last_byte()
    {
        var search = QuickRuns.Profile.Search with { Epochs = 2, WarmUpEpochs = 1, IterationsPerEpoch = 2, ValidationIterations = 1 };
        var training = QuickRuns.Profile.Training with { Epochs = 1, IterationsPerEpoch = 4, ValidationIterations = 1 };
        int[] counts = [1, 2];
        foreach (var threads in counts)
        {
            var before = torch.get_num_threads();
            torch.set_num_threads(threads);
            try
            {
                foreach (var run in new[] { "first", "second" })
                {
                    using var one = QuickRuns.Search(_folder.PathOf($"search {run} {threads}"), search, threads: 1);
                    _ = one.Run(cancellation: TestContext.Current.CancellationToken).ToList();
                    using var other = QuickRuns.TrainingRun(_folder.PathOf($"training {run} {threads}"), training, threads: 1);
                    _ = other.Run(cancellation: TestContext.Current.CancellationToken).ToList();
                }
            }
            finally
            {
                torch.set_num_threads(before);
            }

            foreach (var kind in new[] { "search", "training" })
            {
                Assert.Equal(TinyRuns.Files(_folder.PathOf($"{kind} first {threads}")), TinyRuns.Files(_folder.PathOf($"{kind} second {threads}")));
            }
        }

        var differ = new[] { "search", "training" }.Where(kind => counts.Select(threads =>
            Convert.ToHexString(File.ReadAllBytes(_folder.PathOf($"{kind} first {threads}", "checkpoint.safetensors")))).Distinct().Count() > 1).ToArray();
        var between = differ.Length == 0 ? "even those are alike here" : $"1 and 2 differ in the last digits of the {string.Join(" and the ", differ)}";
        PromiseTable.Kept($"a search and a training of the profile quick twice with 1 and twice with 2 threads ({between})");
    }

    [Fact]
    [Promise("config.json is enough to repeat a run bit for bit")]
    public void A_copied_config_alone_repeats_a_run()
    {
        using (var search = TinyRuns.Search(_folder.PathOf("search"), TinyRuns.SearchOptions with { Seed = 7, ClipStaleGradients = false }))
        {
            _ = search.Run(cancellation: TestContext.Current.CancellationToken).ToList();
        }

        // The threads are the run's own, whatever they are by then.
        torch.set_num_threads(Environment.ProcessorCount);
        using (var search = SearchRun.Repeat(Copied("search"), _folder.PathOf("search again"), AllCases))
        {
            Assert.Equal(1, torch.get_num_threads());
            _ = search.Run(cancellation: TestContext.Current.CancellationToken).ToList();
        }

        Assert.Equal(TinyRuns.Files(_folder.PathOf("search")), TinyRuns.Files(_folder.PathOf("search again")));
        using (var trainer = TinyRuns.TrainingRun(_folder.PathOf("training"), TinyRuns.TrainingOptions with { Seed = 7, Momentum = 0.5 }))
        {
            _ = trainer.Run(cancellation: TestContext.Current.CancellationToken).ToList();
        }

        using (var trainer = TrainingRun.Repeat(Copied("training"), _folder.PathOf("training again"), AllCases))
        {
            _ = trainer.Run(cancellation: TestContext.Current.CancellationToken).ToList();
        }

        Assert.Equal(TinyRuns.Files(_folder.PathOf("training")), TinyRuns.Files(_folder.PathOf("training again")));
        PromiseTable.Kept("a search and a training");
    }

    [Fact]
    public void Every_option_survives_the_round_trip_through_the_config()
    {
        SearchOptions[] searches =
        [
            new(),
            new() { Epochs = 3, WarmUpEpochs = 0, Temperature = 1 / 3.0, TemperatureFactor = 1e-300, NoiseInValidation = false, Seed = ulong.MaxValue },
            new() { Sampling = new() { Augmentation = null, ForegroundFraction = 0.1, BatchSize = 3, PatchSize = new(8, 4, 8) } },
            new() { Sampling = new() { Augmentation = AugmentationOptions.None with { Mirror = new() { Axes = [2, 0] }, Gamma = new() { Inverted = true } } } },
        ];
        foreach (var (options, i) in searches.Select((options, i) => (options, i)))
        {
            foreach (var family in Enum.GetValues<Family>())
            {
                var (first, second) = (_folder.PathOf($"{i} {family}"), _folder.PathOf($"{i} {family} again"));
                TinyRuns.Search(first, options, family).Dispose();
                SearchRun.Repeat(Path.Combine(first, "config.json"), second, AllCases).Dispose();
                Assert.Equal(TinyRuns.Files(first), TinyRuns.Files(second));
            }
        }
    }

    [Fact]
    public void A_config_that_cannot_be_repeated_is_refused_by_what_it_lacks()
    {
        TinyRuns.Search(_folder.PathOf("search")).Dispose();
        TinyRuns.TrainingRun(_folder.PathOf("training")).Dispose();
        var (search, training) = (_folder.PathOf("search", "config.json"), _folder.PathOf("training", "config.json"));
        void Refused(string expected, Action repeat) => Assert.Equal(expected, Assert.Throws<RunException>(repeat).Message);
        Refused(
            $"{search} is not a configuration of a training: its field kind is \"search\"; give the configuration of a training.",
            () => TrainingRun.Repeat(search, _folder.PathOf("again"), AllCases));
        Refused(
            $"{training} is not a configuration of a search: its field kind is \"training\"; give the configuration of a search.",
            () => SearchRun.Repeat(training, _folder.PathOf("again"), AllCases));
        Refused(
            $"{search} names the case case_010, which is not among the 6 given; preprocess the dataset that it belongs to.",
            () => SearchRun.Repeat(search, _folder.PathOf("again"), TinyRuns.Cases(0, 6)));
        File.WriteAllText(search, File.ReadAllText(search).Replace("\"warmUpEpochs\": 1", "\"warmUpEpochs\": \"one\"", StringComparison.Ordinal));
        Assert.StartsWith(
            $"{search} is not a configuration of a search at the field options.warmUpEpochs: ",
            Assert.Throws<RunException>(() => SearchRun.Repeat(search, _folder.PathOf("again"), AllCases)).Message,
            StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.PathOf("again")));
    }

    private string Copied(string run)
    {
        var copy = _folder.PathOf($"{run} config.json");
        File.Copy(_folder.PathOf(run, "config.json"), copy);
        return copy;
    }
}

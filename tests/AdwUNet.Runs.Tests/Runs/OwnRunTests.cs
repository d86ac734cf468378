using System.Text.Json;
using System.Text.Json.Nodes;
using AdwUNet.Architectures;
using AdwUNet.Experiments;
using AdwUNet.Networks;
using AdwUNet.Prediction;
using AdwUNet.Preprocessing;
using AdwUNet.Runs;
using AdwUNet.Runs.Tests.Experiments;
using AdwUNet.Search;
using AdwUNet.Tests.Extensions;
using AdwUNet.Training;

namespace AdwUNet.Runs.Tests;

/// <summary>Runs with parts of the reader's own: what is written, what is resumed, what is refused.</summary>
public sealed class OwnRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new(inMemory: true);

    private static SearchOptions OwnSearch => TinyRuns.SearchOptions with
    {
        Unit = UnitFactory.Of<SiluUnit>(),
        Relaxation = new QuadraticRelaxation(),
        Loss = new ScaledCrossEntropy(2),
        WeightOptimizer = new AdamWFactory(0.01),
        ArchitectureOptimizer = new RmsPropFactory(),
    };

    private static TrainingOptions OwnTraining => TinyRuns.TrainingOptions with
    {
        Unit = new SlopeUnits(0.2),
        Loss = new ScaledCrossEntropy(2),
        Optimizer = new AdamWFactory(0.01),
    };

    private static IReadOnlyList<IPreprocessedCase> AllCases => [.. TinyRuns.Cases(0, 6), .. TinyRuns.Cases(10), .. TinyRuns.Cases(20, 2)];

    public static TheoryData<string> SearchParts => ["Unit", "Relaxation", "Loss", "WeightOptimizer", "ArchitectureOptimizer"];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(SearchParts))]
    public void Each_part_changes_a_search(string part)
    {
        var own = OwnSearch;
        var options = part switch
        {
            "Unit" => TinyRuns.SearchOptions with { Unit = own.Unit },
            "Relaxation" => TinyRuns.SearchOptions with { Relaxation = own.Relaxation },
            "Loss" => TinyRuns.SearchOptions with { Loss = own.Loss },
            "WeightOptimizer" => TinyRuns.SearchOptions with { WeightOptimizer = own.WeightOptimizer },
            _ => TinyRuns.SearchOptions with { ArchitectureOptimizer = own.ArchitectureOptimizer },
        };
        var (published, changed) = (Search("published", TinyRuns.SearchOptions)[^1], Search("own", options)[^1]);
        Assert.NotEqual(published.WeightLoss, changed.WeightLoss);
        Assert.NotEqual(JsonSerializer.Serialize(published.Logits), JsonSerializer.Serialize(changed.Logits));
    }

    [Theory]
    [InlineData(typeof(StraightThroughGumbelSoftmax))]
    [InlineData(typeof(PlainSoftmax))]
    public void The_other_relaxations_search_and_resume(Type relaxation)
    {
        var options = TinyRuns.SearchOptions with { Relaxation = (Relaxation)Activator.CreateInstance(relaxation)! };
        Search("run", options);
        using var again = SearchRun.Repeat(_folder.PathOf("run", "config.json"), _folder.PathOf("again"), AllCases);
        _ = again.Run(cancellation: TestContext.Current.CancellationToken).ToList();
        Assert.Equal(TinyRuns.Files(_folder.PathOf("run")), TinyRuns.Files(_folder.PathOf("again")));
    }

    [Fact]
    public void A_training_that_is_not_there_is_named() => Assert.Equal(
        "There is no folder nowhere/fold0; give the folder of a training, such as runs/RUN/training/fold0.",
        Assert.Throws<RunException>(() => TrainedModel.Load("nowhere/fold0")).Message);

    [Fact]
    public void A_search_with_own_parts_that_was_stopped_after_every_step_resumes_bit_for_bit()
    {
        Search("whole", OwnSearch);
        for (var stops = 0; ; stops++)
        {
            using var stop = new CancellationTokenSource();
            using var search = TinyRuns.Search(_folder.PathOf("stopped"), OwnSearch);
            try
            {
                _ = search.Run(new Immediate<StepProgress>(_ => stop.Cancel()), stop.Token).ToList();
                Assert.True(stops > TinyRuns.Epochs);
                break;
            }
            catch (OperationCanceledException)
            {
                // Resumed in the next turn, by new objects.
            }
        }

        Assert.Equal(TinyRuns.Files(_folder.PathOf("whole")), TinyRuns.Files(_folder.PathOf("stopped")));
    }

    [Fact]
    public void A_training_with_own_parts_that_was_stopped_resumes_bit_for_bit()
    {
        Train("whole", OwnTraining);
        using (var stop = new CancellationTokenSource())
        using (var training = TinyRuns.TrainingRun(_folder.PathOf("stopped"), OwnTraining))
        {
            Assert.Throws<OperationCanceledException>(() => training.Run(
                new Immediate<StepProgress>(step => stop.CancelAfterStep(step, TinyRuns.Iterations + 1)), stop.Token).ToList());
        }

        Train("stopped", OwnTraining);
        Assert.Equal(TinyRuns.Files(_folder.PathOf("whole")), TinyRuns.Files(_folder.PathOf("stopped")));
    }

    [Fact]
    public void A_training_whose_unit_draws_random_numbers_resumes_bit_for_bit_and_is_validated_without_dropout()
    {
        var options = TinyRuns.TrainingOptions with { Unit = UnitFactory.Of<DrawingUnit>() };
        Train("whole", options);
        using (var stop = new CancellationTokenSource())
        using (var training = TinyRuns.TrainingRun(_folder.PathOf("stopped"), options))
        {
            Assert.Throws<OperationCanceledException>(() => training.Run(
                new Immediate<StepProgress>(step => stop.CancelAfterStep(step, TinyRuns.Iterations + 1)), stop.Token).ToList());
            Assert.True(training.Network.training);
        }

        TorchSharp.torch.manual_seed(99); // another process has other random numbers
        Train("stopped", options);
        Assert.Equal(TinyRuns.Files(_folder.PathOf("whole")), TinyRuns.Files(_folder.PathOf("stopped")));
    }

    [Fact]
    public void A_config_names_own_code_and_its_hash_and_the_arithmetic_says_why_no_engine_computes()
    {
        using var search = TinyRuns.Search(_folder.Root, OwnSearch with { Precision = Precision.Auto });
        var config = JsonNode.Parse(File.ReadAllText(_folder.PathOf("config.json")))!;
        var unit = config["options"]!["unit"]!.AsObject();
        Assert.Equal("SiluUnit", (string?)unit["name"]);
        Assert.Matches("^sha256:[0-9a-f]{64}$", (string?)unit["code"]);
        Assert.Equal("{\"factor\":2}", config["options"]!["loss"]!["options"]!.ToJsonString());
        Assert.Equal("float32 by libtorch", (string?)config["machine"]!["arithmetic"]);
        Assert.NotEmpty((string?)config["machine"]!["declined"] ?? "");
        Assert.Equal(search.Arithmetic.Declined, (string?)config["machine"]!["declined"]);
    }

    [Fact]
    public void A_run_with_other_code_or_other_options_is_refused()
    {
        TinyRuns.Search(_folder.Root, OwnSearch).Dispose();
        string Refused(SearchOptions options) => Assert.Throws<RunException>(() => TinyRuns.Search(_folder.Root, options)).Message;
        Assert.Contains("options.unit", Refused(OwnSearch with { Unit = null }), StringComparison.Ordinal);
        Assert.Contains("options.unit.name is \"SiluUnit\" there and \"SlopeUnits\" here", Refused(OwnSearch with { Unit = new SlopeUnits(0.2) }), StringComparison.Ordinal);
        Assert.Contains("options.loss.options.factor is 2 there and 3 here", Refused(OwnSearch with { Loss = new ScaledCrossEntropy(3) }), StringComparison.Ordinal);
        Assert.Contains("options.relaxation", Refused(OwnSearch with { Relaxation = new PlainSoftmax() }), StringComparison.Ordinal);
        TinyRuns.Search(_folder.Root, OwnSearch).Dispose();
    }

    [Fact]
    public void A_run_is_repeated_with_the_same_code_and_with_no_other()
    {
        Search("run", OwnSearch);
        var config = _folder.PathOf("run", "config.json");
        SearchRun Repeat(Func<SearchOptions, SearchOptions>? code) => SearchRun.Repeat(config, _folder.PathOf("again"), AllCases, code: code);
        Assert.Matches(
            @"was made with the unit 'SiluUnit' \(code sha256:\w+\), and the published part was passed; pass the same code as the unit of the options\.$",
            Assert.Throws<RunException>(() => Repeat(null)).Message);
        var own = OwnSearch;
        SearchOptions Same(SearchOptions options) => options with
        {
            Unit = own.Unit,
            Relaxation = own.Relaxation,
            Loss = own.Loss,
            WeightOptimizer = own.WeightOptimizer,
            ArchitectureOptimizer = own.ArchitectureOptimizer,
        };
        Assert.Contains("'ScaledCrossEntropy' with", Assert.Throws<RunException>(() => Repeat(options => Same(options) with { Loss = new ScaledCrossEntropy(1) })).Message, StringComparison.Ordinal);
        using var again = Repeat(Same);
        _ = again.Run(cancellation: TestContext.Current.CancellationToken).ToList();
        Assert.Equal(TinyRuns.Files(_folder.PathOf("run")), TinyRuns.Files(_folder.PathOf("again")));
    }

    [Fact]
    public void A_trained_model_with_an_own_unit_needs_the_same_unit()
    {
        Train("run", OwnTraining);
        var message = Assert.Throws<MethodPartException>(() => TrainedModel.Load(_folder.PathOf("run"))).Message;
        Assert.Contains("'SlopeUnits' with {\"slope\":0.2}", message, StringComparison.Ordinal);
        Assert.EndsWith("and no code was passed; pass the code that was used for training.", message, StringComparison.Ordinal);
        Assert.Throws<MethodPartException>(() => TrainedModel.Load(_folder.PathOf("run"), unit: new SlopeUnits(0.3)));
        using var model = TrainedModel.Load(_folder.PathOf("run"), unit: new SlopeUnits(0.2));
        Train("published", TinyRuns.TrainingOptions);
        Assert.Throws<MethodPartException>(() => TrainedModel.Load(_folder.PathOf("published"), unit: new SlopeUnits(0.2)));
        TrainedModel.Load(_folder.PathOf("published")).Dispose();
    }

    [Fact]
    public void A_grid_searches_and_trains_with_own_parts()
    {
        var grid = TinyGrids.Experiment(_folder.Root).Grid("own").Add("own", e => e with
        {
            Unit = new SlopeUnits(0.2),
            Loss = new ScaledCrossEntropy(2),
            Search = e.Search with { Relaxation = new QuadraticRelaxation() },
        });
        Assert.Single(grid.Run(cancellation: TestContext.Current.CancellationToken));
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(grid.Runs[0].TrainingFolder, "config.json")))!;
        Assert.Equal("SlopeUnits", (string?)config["options"]!["unit"]!["name"]);
    }

    [Fact]
    public void The_hash_follows_the_code_and_what_it_calls()
    {
        Assert.Equal(CodeHash.Of(typeof(SiluUnit)), CodeHash.Of(typeof(SiluUnit)));
        Type[] types = [typeof(One), typeof(Two), typeof(CallsOne), typeof(CallsTwo)];
        Assert.Equal(types.Length, types.Select(CodeHash.Of).Distinct().Count());
    }

    private IReadOnlyList<SearchEpoch> Search(string name, SearchOptions options)
    {
        using var search = TinyRuns.Search(_folder.PathOf(name), options);
        _ = search.Run(cancellation: TestContext.Current.CancellationToken).ToList();
        return search.History;
    }

    private void Train(string name, TrainingOptions options)
    {
        using var training = TinyRuns.TrainingRun(_folder.PathOf(name), options);
        _ = training.Run(cancellation: TestContext.Current.CancellationToken).ToList();
    }

    private static class One
    {
        public static double Value() => 1;
    }

    private static class Two
    {
        public static double Value() => 2;
    }

    private static class CallsOne
    {
        public static double Value() => One.Value();
    }

    private static class CallsTwo
    {
        public static double Value() => Two.Value();
    }
}

/// <summary>Stops a run after a number of steps.</summary>
internal static class Stopping
{
    public static void CancelAfterStep(this CancellationTokenSource source, StepProgress step, int steps)
    {
        if ((step.Epoch * step.Iterations) + step.Iteration == steps)
        {
            source.Cancel();
        }
    }
}

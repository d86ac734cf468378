using System.Text.Json.Nodes;
using AdwUNet.Experiments;
using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Runs;
using AdwUNet.Search;
using AdwUNet.Training;
using static TorchSharp.torch;

namespace AdwUNet.Runs.Tests;

/// <summary>The precision of a run: chosen in its options, said in its config, and no reason to end otherwise when stopped.</summary>
public sealed class PrecisionTests : IDisposable
{
    private const int AllSteps = TinyRuns.Epochs * TinyRuns.Iterations;

    private readonly TemporaryFolder _folder = new(inMemory: true);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_CPU_engine_comes_with_durable_runs_and_no_code_of_them_needs_it()
    {
        Assert.Contains(Engines.All, engine => engine.Serves(TorchSharp.DeviceType.CPU));
        Assert.DoesNotContain(typeof(RunFolder).Assembly.GetReferencedAssemblies(), assembly => assembly.Name == "AdwUNet.Cpu");
    }

    [Theory]
    [InlineData(Precision.Float32, "float32")]
    [InlineData(Precision.BFloat16, "bfloat16")]
    [InlineData(Precision.Auto, "auto")]
    public void Config_contains_the_requested_and_the_effective_precision(Precision precision, string wanted)
    {
        using var trainer = TinyRuns.TrainingRun(_folder.Root, TinyRuns.TrainingOptions with { Precision = precision });
        var config = Config(_folder.Root);
        Assert.Equal(wanted, (string?)config["options"]!["precision"]);
        Assert.Equal(trainer.Arithmetic.ToString(), (string?)config["machine"]!["arithmetic"]);
        Assert.Equal(trainer.Arithmetic.Declined, (string?)config["machine"]!["declined"]);
        Assert.Equal(precision, trainer.Network.Precision);
    }

    [Fact]
    public void Every_default_is_float32()
    {
        Assert.Equal(Precision.Float32, new TrainingOptions().Precision);
        Assert.Equal(Precision.Float32, new SearchOptions().Precision);
        Assert.Equal(Precision.Float32, Profile.Named("paper").Search.Precision);
        Assert.Equal(Precision.Float32, Profile.Named("paper").Training.Precision);
        using var network = new DerivedUNet(TinyRuns.Plan, TinyRuns.Architecture);
        Assert.Null(network.Precision); // libtorch's own operations, for what is compared with published values
    }

    [Fact]
    public void The_small_profiles_take_the_fastest_precision()
    {
        foreach (var profile in new[] { Profile.Named("quick"), Profile.Named("laptop") })
        {
            Precision[] all =
            [
                profile.Search.Precision, profile.Training.Precision, profile.Prediction.Precision,
                RunSettings.Of(profile).Search.Precision, RunSettings.Of(profile).Training.Precision,
            ];
            Assert.Equal([Precision.Auto], all.Distinct());
        }
    }

    [Fact]
    public void Run_that_resumes_with_another_arithmetic_reports_it()
    {
        using (var first = TinyRuns.Search(_folder.Root, Fast))
        {
            Assert.Null(first.ArithmeticChange);
            Stop(TinyRuns.Iterations, (progress, token) => _ = first.Run(progress, token).ToList());
        }

        using (var same = TinyRuns.Search(_folder.Root, Fast))
        {
            Assert.Null(same.ArithmeticChange);
        }

        var config = Config(_folder.Root);
        config["machine"]!["arithmetic"] = "bfloat16 by another machine";
        File.WriteAllText(Path.Combine(_folder.Root, "config.json"), config.ToJsonString());
        using var search = TinyRuns.Search(_folder.Root, Fast);
        Assert.Equal(
            $"{_folder.Root} started with bfloat16 by another machine and resumes with {search.Arithmetic}, so that its results will not be identical to those of an "
            + "uninterrupted run; for identical results, start a new run in another folder.",
            search.ArithmeticChange);
        Assert.Equal(TinyRuns.Epochs, search.Run(cancellation: TestContext.Current.CancellationToken).Count());
    }

    [Fact]
    public void A_search_in_the_fastest_precision_stopped_after_any_step_resumes_bit_for_bit()
    {
        var whole = FinishSearch(_folder.PathOf("whole"));
        foreach (var stop in new[] { 1, TinyRuns.Iterations + 2, AllSteps - 1 })
        {
            var folder = _folder.PathOf($"stopped after {stop}");
            using (var search = TinyRuns.Search(folder, Fast))
            {
                Stop(stop, (progress, token) => _ = search.Run(progress, token).ToList());
            }

            Assert.Equal(whole, FinishSearch(folder));
        }
    }

    [Fact]
    public void A_training_in_the_fastest_precision_stopped_after_any_step_resumes_bit_for_bit()
    {
        var options = TinyRuns.TrainingOptions with { Precision = Precision.Auto };
        SortedDictionary<string, string> Finish(string folder)
        {
            using var trainer = TinyRuns.TrainingRun(folder, options);
            Assert.All(trainer.Run(cancellation: TestContext.Current.CancellationToken), epoch => Assert.True(double.IsFinite(epoch.TrainingLoss)));
            return TinyRuns.Files(folder);
        }

        var whole = Finish(_folder.PathOf("whole"));
        foreach (var stop in new[] { 1, TinyRuns.Iterations + 2, AllSteps - 1 })
        {
            var folder = _folder.PathOf($"stopped after {stop}");
            using (var trainer = TinyRuns.TrainingRun(folder, options))
            {
                Stop(stop, (progress, token) => _ = trainer.Run(progress, token).ToList());
            }

            Assert.Equal(whole, Finish(folder));
        }
    }

    [Fact]
    public void Run_without_a_recorded_precision_resumes_only_in_float32()
    {
        using (TinyRuns.TrainingRun(_folder.Root))
        {
        }

        var config = Config(_folder.Root);
        config["options"]!.AsObject().Remove("precision");
        File.WriteAllText(Path.Combine(_folder.Root, "config.json"), config.ToJsonString());
        using (var trainer = TinyRuns.TrainingRun(_folder.Root))
        {
            Assert.Equal(TinyRuns.Epochs, trainer.Run(cancellation: TestContext.Current.CancellationToken).Count());
        }

        var error = Assert.Throws<RunException>(() => TinyRuns.TrainingRun(_folder.Root, TinyRuns.TrainingOptions with { Precision = Precision.BFloat16 }));
        Assert.Contains("options.precision is missing there and \"bfloat16\" here", error.Message, StringComparison.Ordinal);
    }

    private static SearchOptions Fast => TinyRuns.SearchOptions with { Precision = Precision.Auto };

    private static SortedDictionary<string, string> FinishSearch(string folder)
    {
        using var search = TinyRuns.Search(folder, Fast);
        Assert.All(search.Run(cancellation: TestContext.Current.CancellationToken), epoch => Assert.True(double.IsFinite(epoch.WeightLoss)));
        return TinyRuns.Files(folder);
    }

    private static JsonObject Config(string folder) => JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "config.json")))!.AsObject();

    private static void Stop(int after, Action<IProgress<StepProgress>, CancellationToken> run)
    {
        using var source = new CancellationTokenSource();
        var steps = 0;
        var watch = new Immediate<StepProgress>(_ =>
        {
            if (++steps == after)
            {
                source.Cancel();
            }
        });
        Assert.Throws<OperationCanceledException>(() => run(watch, source.Token));
    }
}

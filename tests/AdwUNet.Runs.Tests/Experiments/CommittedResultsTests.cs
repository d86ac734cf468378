using System.Text.Json.Nodes;
using AdwUNet.Architectures;
using AdwUNet.Evaluation;
using AdwUNet.Experiments;
using AdwUNet.Imaging;
using AdwUNet.Prediction;
using AdwUNet.Search;
using AdwUNet.Tests.Golden;
using AdwUNet.Training;

namespace AdwUNet.Runs.Tests.Experiments;

/// <summary>The results that are kept with the code.</summary>
public class CommittedResultsTests
{
    /// <summary>A run of the study, for <see cref="A_run_computed_again_has_the_same_figures"/>; without it, the shortest one.</summary>
    private const string RowVariable = "ADWUNET_ROW";

    private static readonly string Folder = Path.Combine(GoldenFiles.Root, "notebooks", "results", "hippocampus");

    [Fact]
    public void The_results_are_those_of_the_settings_of_the_study()
    {
        var results = new HippocampusStudy("unused").AllResults(Folder);
        Assert.NotEmpty(results);
        var settings = ResultFiles.Settings(Folder);
        foreach (var variant in results.Select(result => result.Run.Variant).DistinctBy(variant => variant.Name))
        {
            AssertWithin(settings[variant.Name]!, variant.Json, variant.Name);
        }

        Assert.All(results, result => Assert.Contains('+', result.Origin.Version));
        Assert.All(results, result => Assert.Equal(results[0].Origin.Threads, result.Origin.Threads));
        Assert.All(results, result => Assert.Equal(40, result.Evaluation.Cases.Count));
    }

    [Fact]
    public void The_run_that_is_kept_in_full_is_one_of_the_results()
    {
        var study = new HippocampusStudy("unused");
        var result = study.AllResults(Folder).Single(result => result.Run == study.Example);
        var search = new RunFolder(Path.Combine(Folder, "run", "search")).ReadHistory<SearchEpoch>();
        Assert.Equal(study.Example.Settings.Search.Epochs, search.Count);
        Assert.Equal(result.Architecture, search[^1].Logits.Decode());
        var training = new RunFolder(Path.Combine(Folder, "run", "training")).ReadHistory<TrainingEpoch>();
        Assert.Equal(result.Curve.Where(point => point.Stage == "training").Select(point => point.Loss), training.Select(epoch => epoch.ValidationLoss), (a, b) => Math.Abs(a - b) < 1e-6);
        using var model = TrainedModel.Load(Path.Combine(Folder, "run", "training"), unfinished: true);
        Assert.Equal(result.Architecture, model.Network.Architecture);
        Assert.Equal(result.Weights, model.Network.parameters().Sum(parameter => parameter.numel()));
    }

    [Fact]
    public void Its_weights_give_the_Dice_of_the_results()
    {
        var root = Environment.GetEnvironmentVariable(Experiment.DataVariable) is { } data ? Path.Combine(data, HippocampusStudy.Dataset) : "";
        Assert.SkipUnless(Directory.Exists(root), $"{Experiment.DataVariable} names no folder with {HippocampusStudy.Dataset}.");
        var study = new HippocampusStudy("unused");
        var expected = study.AllResults(Folder).Single(result => result.Run == study.Example).Evaluation.Cases[0];
        using var model = TrainedModel.Load(Path.Combine(Folder, "run", "training"), unfinished: true);
        var labels = model.Segmenter().Segment(Path.Combine(root, "imagesTr", $"{expected.Case}.nii.gz"), cancellation: TestContext.Current.CancellationToken);
        var actual = CaseResult.Compare(expected.Case, labels, ImageFile.ReadLabels(Path.Combine(root, "labelsTr", $"{expected.Case}.nii.gz")), model.Plan.Classes);
        // The results were computed in bfloat16, this is float32.
        Assert.All(expected.Classes.Zip(actual.Classes), pair => Assert.Equal(pair.First.Dice!.Value, pair.Second.Dice!.Value, 0.01));
    }

    [Fact(Explicit = true)] // minutes
    public void A_run_computed_again_has_the_same_figures()
    {
        var data = Environment.GetEnvironmentVariable(Experiment.DataVariable);
        Assert.SkipUnless(data is not null && Directory.Exists(Path.Combine(data, HippocampusStudy.Dataset)), $"{Experiment.DataVariable} names no folder with {HippocampusStudy.Dataset}.");
        using var folder = new TemporaryFolder();
        var row = new HippocampusStudy(folder.Root).Row(Environment.GetEnvironmentVariable(RowVariable) ?? "manual, both × 0.5, fold 0, seed 1");
        var kept = new HippocampusStudy("unused").AllResults(Folder).Single(result => result.Run.Name == row.Name);
        Assert.SkipUnless(kept.Origin.Processor == Processors.Name, $"The run was computed on {kept.Origin.Processor}; on {Processors.Name} the last digits differ.");
        Assert.True(row.TryExecute(kept.Origin.Threads, cancellation: TestContext.Current.CancellationToken));
        var again = row.Result();
        Assert.Equal(kept.Architecture, again.Architecture);
        Assert.Equal(Figures(kept), Figures(again));
        Assert.Equal(kept.Curve.Select(point => (point.Stage, point.Loss, point.Dice)), again.Curve.Select(point => (point.Stage, point.Loss, point.Dice)));

        static IEnumerable<(string Case, string Class, double? Dice, double? Distance)> Figures(GridResult result) => result.Evaluation.Cases.SelectMany(
            scan => scan.Classes.Select(one => (scan.Case, one.Class, one.Dice, one.HausdorffDistance95)));
    }

    // Options of later versions may be added.
    private static void AssertWithin(JsonNode kept, JsonNode now, string where)
    {
        if (kept is not JsonObject fields)
        {
            Assert.True(JsonNode.DeepEquals(kept, now), $"{where} was {kept.ToJsonString()} in the committed runs and is {now.ToJsonString()} now.");
            return;
        }

        foreach (var (name, value) in fields)
        {
            if (value is null) Assert.Null(now[name]);
            else AssertWithin(value, now[name]!, $"{where}.{name}");
        }
    }
}

using System.Text.Json;
using AdwUNet.Architectures;
using AdwUNet.Datasets;
using AdwUNet.Evaluation;
using AdwUNet.Experiments;
using AdwUNet.Imaging;
using AdwUNet.Phantom;
using AdwUNet.Planning;
using AdwUNet.Prediction;
using AdwUNet.Preprocessing;
using AdwUNet.Runs;
using AdwUNet.Search;
using AdwUNet.Tests.Extensions;
using AdwUNet.Training;

namespace AdwUNet.Runs.Tests;

/// <summary>A dataset with regions and an ignore label, from the files of nnU-Net v2 to the report.</summary>
public sealed class RegionRunTests : IDisposable
{
    private const int Cases = 10;
    private const int Ignored = 3;
    private const int IgnoredSlices = 3;
    private const double LearnedDice = 0.6; // of the whole structure, and of no network that has learned nothing

    private readonly TemporaryFolder _folder = new(inMemory: true);

    public void Dispose() => _folder.Dispose();

    [Fact]
    [Promise("A dataset with regions and an ignore label is searched, trained, segmented and evaluated by region, without ignored voxels")]
    public void Regions_and_ignored_voxels_go_from_files_to_the_report()
    {
        var dataset = Dataset.Load(Write());
        Assert.Empty(dataset.FindFaults(cancellation: TestContext.Current.CancellationToken));
        var planned = Planner.Plan(
            Fingerprint.Compute(dataset, cancellation: TestContext.Current.CancellationToken), new() { PatchSize = new(16, 16, 16), BatchSize = 2 });
        Preprocessor.Run(dataset, planned, _folder.PathOf("store"), cancellation: TestContext.Current.CancellationToken);
        using var store = CaseStore.Open(_folder.PathOf("store"));
        var (plan, cases) = (store.Plan, ExperimentCases.Of(store, fold: 0, monitorEvery: 4));

        var architecture = Search(plan, cases.Search);
        var epochs = Train(plan, architecture, cases);
        Assert.All(epochs, epoch => Assert.Equal(2, epoch.ValidationDice.Count));

        using var model = TrainedModel.Load(_folder.PathOf("training"), weightsFile: TrainedModel.FinalWeightsFile);
        var report = new EvaluationReport([.. dataset.Cases.Where(c => cases.TestIds.Contains(c.Id)).Select(entry =>
        {
            var output = _folder.PathOf(entry.Id + "_segmented.nii.gz");
            model.Segmenter().SegmentToFile(entry.ImagePath, output, cancellation: TestContext.Current.CancellationToken);
            return CaseResult.Compare(entry.Id, ImageFile.ReadLabels(output), entry.ReadLabels(), plan.Classes, plan.Labels);
        })]);
        report.Save(_folder.PathOf("evaluation.json"));

        var read = EvaluationReport.Load(_folder.PathOf("evaluation.json"));
        Assert.Equal(["whole", "posterior"], read.Classes.Select(c => c.Class));
        Assert.Equal(2, read.Cases.Count);
        Assert.All(read.Cases, AssertCountedByHand);
        var mean = read.Cases.Average(c => c.Classes[0].Dice);
        Assert.True(mean > LearnedDice, $"the network has learned nothing: a Dice of {mean} of the whole structure");
        Assert.Equal(read.Classes.Average(c => c.Dice.Mean!.Value), new CrossValidation([read]).MeanDice.Mean!.Value, 12);
        PromiseTable.Kept($"{Cases} phantom cases, {store.Cases.Count - cases.TestIds.Count} of them searched and trained on; Dice of the whole structure in the others {mean:0.00}");
    }

    private Architecture Search(Plan plan, SearchCases cases)
    {
        SearchSpace space = new() { Family = Family.AdwUNet, BaseWidth = 6, MaxWidth = 12, MaxDepth = 2 };
        using var search = new SearchRun(_folder.PathOf("search"), plan, space, cases, TinyRuns.SearchOptions);
        _ = search.Run(cancellation: TestContext.Current.CancellationToken).ToList();
        Assert.All(search.History, epoch => Assert.Equal(2, epoch.ValidationDice.Count));
        return ArchitectureFile.Load(search.ArchitecturePath);
    }

    private IReadOnlyList<TrainingEpoch> Train(Plan plan, Architecture architecture, ExperimentCases cases)
    {
        var options = TinyRuns.TrainingOptions with { Epochs = 6, IterationsPerEpoch = 40, Optimizer = new AdamWFactory(0), Sampling = new() };
        using var training = new TrainingRun(_folder.PathOf("training"), plan, architecture, cases.Training, cases.Monitor, options);
        _ = training.Run(cancellation: TestContext.Current.CancellationToken).ToList();
        return training.History;
    }

    /// <summary>The figures of a case, from its two files alone.</summary>
    private void AssertCountedByHand(CaseResult result)
    {
        var found = Nifti.ReadLabels(_folder.PathOf(result.Case + "_segmented.nii.gz")).Data;
        var wanted = Nifti.ReadLabels(_folder.PathOf("labelsTr", result.Case + ".nii.gz")).Data;
        Assert.Contains((short)Ignored, wanted);
        Assert.DoesNotContain((short)Ignored, found);
        foreach (var (region, lowest) in result.Classes.Zip([1, 2]))
        {
            var (prediction, reference, common) = (0, 0, 0);
            for (var i = 0; i < wanted.Length; i++)
            {
                if (wanted[i] == Ignored) continue;
                var (isFound, isWanted) = (found[i] >= lowest, wanted[i] >= lowest);
                (prediction, reference, common) = (prediction + (isFound ? 1 : 0), reference + (isWanted ? 1 : 0), common + (isFound && isWanted ? 1 : 0));
            }

            Assert.Equal((prediction, reference), (region.PredictionVoxels, region.ReferenceVoxels));
            Assert.Equal(2.0 * common / (prediction + reference), region.Dice!.Value, 12);
        }
    }

    /// <summary>Phantoms whose first slices are not labelled.</summary>
    private string Write()
    {
        Directory.CreateDirectory(_folder.PathOf("imagesTr"));
        Directory.CreateDirectory(_folder.PathOf("labelsTr"));
        for (var i = 0; i < Cases; i++)
        {
            var (image, labels) = PhantomCase.Make(new PhantomOptions { Size = new(18, 24, 20) }, (ulong)i);
            labels.Data.AsSpan(0, IgnoredSlices * image.Shape.Y * image.Shape.X).Fill(Ignored);
            ImageFile.WriteVolume(_folder.PathOf("imagesTr", $"case_{i:00}_0000.nii.gz"), image);
            ImageFile.WriteLabels(_folder.PathOf("labelsTr", $"case_{i:00}.nii.gz"), labels);
        }

        _folder.Write(Dataset.DescriptionFile, JsonSerializer.Serialize(new
        {
            channel_names = new Dictionary<string, string> { ["0"] = "MRI" },
            labels = new Dictionary<string, object> { ["background"] = 0, ["whole"] = new[] { 1, 2 }, ["posterior"] = 2, ["ignore"] = Ignored },
            regions_class_order = new[] { 1, 2 },
            numTraining = Cases,
            file_ending = ".nii.gz",
        }));
        return _folder.Root;
    }
}

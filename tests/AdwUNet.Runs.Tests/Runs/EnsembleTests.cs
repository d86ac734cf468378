using System.IO.Compression;
using AdwUNet.Datasets;
using AdwUNet.Evaluation;
using AdwUNet.Imaging;
using AdwUNet.Phantom;
using AdwUNet.Planning;
using AdwUNet.Prediction;
using AdwUNet.Runs;
using AdwUNet.Tests.Prediction;
using AdwUNet.Training;
using static TorchSharp.torch;

namespace AdwUNet.Runs.Tests;

/// <summary>From the trainings of several folds to postprocessed segmentations of a test set, and to the decathlon's archive.</summary>
public sealed class EnsembleTests : IDisposable
{
    private const string Task = "Task90_Ensemble";

    private readonly TemporaryFolder _folder = new(inMemory: true);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_ensemble_is_loaded_from_the_folders_of_its_trainings()
    {
        string[] folders = [Train("one", 1), Train("two", 2)];
        var image = new Volume([.. Enumerable.Range(0, 12 * 12 * 12).Select(i => (float)Math.Sin(i))], 1, Shape3.Cube(12), new(1, 1, 1));
        Volume Predict(params string[] of)
        {
            using var ensemble = Ensemble.Load(of);
            Assert.Equal(of.Length, ensemble.Models.Count);
            return ensemble.Segmenter().Predict(image, cancellation: TestContext.Current.CancellationToken);
        }

        var (one, two, both) = (Predict(folders[0]).Data, Predict(folders[1]).Data, Predict(folders).Data);
        Assert.NotEqual(one, two);
        Assert.All(Enumerable.Range(0, both.Length), i => Assert.Equal((one[i] + two[i]) / 2, both[i], 1e-6f));
    }

    [Fact]
    public void Trainings_that_do_not_belong_together_are_refused()
    {
        string[] folders = [Train("one", 1), Train("two", 2)];
        var path = Path.Combine(folders[1], TrainedModel.PlanFile);
        var plan = Planning.Plan.Load(path);
        (plan with { Spacing = new(2, 1, 1) }).Save(path);
        Assert.Contains("has another plan", Assert.Throws<SegmentationException>(() => Ensemble.Load(folders)).Message, StringComparison.Ordinal);
        Assert.Contains("2 times", Assert.Throws<SegmentationException>(() => Ensemble.Load([folders[0], folders[0] + "/"])).Message, StringComparison.Ordinal);
        Assert.Contains("no folder", Assert.Throws<SegmentationException>(() => Ensemble.Load([])).Message, StringComparison.Ordinal);
        File.Delete(Path.Combine(folders[0], TrainedModel.FinalWeightsFile));
        Assert.Contains("is not finished", Assert.Throws<RunException>(() => Ensemble.Load(folders)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Postprocessing_is_decided_on_the_segmentations_of_the_validation_cases_of_all_folds()
    {
        var data = Phantom();
        string[] folders = [_folder.PathOf("fold0"), _folder.PathOf("fold1")];
        using var network = Threshold();
        Segment(network, data, 0, 2, folders[0]);
        Segment(network, data, 2, 2, folders[1]);

        // Spoil a corner of one segmentation: a single voxel of class 1, far from the structure.
        var spoiled = Path.Combine(folders[1], data.Cases[3].Id + ".nii.gz");
        foreach (var (item, fold) in data.Cases.Take(4).Select((item, i) => (item, i / 2)))
        {
            var path = Path.Combine(folders[fold], item.Id + ".nii.gz");
            var labels = item.ReadLabels();
            if (path == spoiled) labels.Data[0] = 1;
            ImageFile.WriteLabels(path, labels, ImageFile.ReadHeader(item.LabelPath));
        }

        var chosen = data.ChoosePostprocessing(folders);
        Assert.Equal((4, PostprocessingRules.NnUNetV1), (chosen.Cases, chosen.Rules));
        Assert.Contains(chosen.Trials, trial => trial.Helps);
        var cleaned = chosen.Apply(ImageFile.ReadLabels(spoiled));
        Assert.Equal(0, cleaned.Data[0]);
        Assert.Equal(data.Cases[3].ReadLabels().Data, cleaned.Data);
        var (before, after) = (data.Evaluate(folders[1]), data.Evaluate(folders[1], chosen));
        Assert.Equal([data.Cases[2].Id, data.Cases[3].Id], before.Cases.Select(item => item.Case));
        Assert.True(before.MeanDice < 1);
        Assert.Equal(1, after.MeanDice); // the files are the labels, but for the voxel that is removed
        Assert.Contains("has no segmentation", Assert.Throws<EvaluationException>(() => data.Evaluate(_folder.PathOf("none"))).Message, StringComparison.Ordinal);
        Assert.Contains("second segmentation", Assert.Throws<EvaluationException>(() => data.ChoosePostprocessing([folders[0], folders[0]])).Message, StringComparison.Ordinal);
        Assert.Contains("has no segmentation", Assert.Throws<EvaluationException>(() => data.ChoosePostprocessing([_folder.PathOf("none")])).Message, StringComparison.Ordinal);
        Assert.Contains("has no case x", Assert.Throws<SegmentationException>(() => Segmenter(network, data).SegmentCases(data, ["x"], folders[0], cancellation: TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Test_scans_become_the_archive_that_the_decathlon_takes()
    {
        var data = Phantom();
        var output = _folder.PathOf("test");
        using var network = Threshold();
        Segmenter(network, data).SegmentTestScans(data.Folder, output, cancellation: TestContext.Current.CancellationToken).Require();
        var archive = _folder.PathOf("submission.zip");
        DecathlonSubmission.Write(archive, [(data.Folder, output)]);
        var bytes = File.ReadAllBytes(archive);
        DecathlonSubmission.Write(archive, [(data.Folder + "/", output)]);
        Assert.Equal(bytes, File.ReadAllBytes(archive));

        string[] names = [.. Directory.GetFiles(Path.Combine(data.Folder, "imagesTs")).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];
        Assert.Equal(2, names.Length);
        using (var zip = ZipFile.OpenRead(archive))
        {
            Assert.Equal(names.Select(name => $"{Task}/{name}"), zip.Entries.Select(entry => entry.FullName));
        }

        ZipFile.ExtractToDirectory(archive, _folder.PathOf("unpacked"));
        foreach (var name in names)
        {
            var (scan, unpacked) = (Path.Combine(data.Folder, "imagesTs", name), _folder.PathOf("unpacked", Task, name));
            Assert.Equal(ImageFile.ReadLabels(Path.Combine(output, name)).Data, ImageFile.ReadLabels(unpacked).Data);
            Assert.Equal(ImageFile.ReadHeader(scan).Affine, ImageFile.ReadHeader(unpacked).Affine);
        }

        void Refused(string part) => Assert.Contains(part, Assert.Throws<SegmentationException>(() => DecathlonSubmission.Write(archive, [(data.Folder, output)])).Message, StringComparison.Ordinal);
        var first = Path.Combine(output, names[0]);
        var labels = ImageFile.ReadLabels(first);
        var header = ImageFile.ReadHeader(first);
        labels.Data[5] = 9;
        ImageFile.WriteLabels(first, labels, header);
        Refused("has the label 9, but those of the task are 0 to 2");
        ImageFile.WriteLabels(first, new LabelMap([0], new(1, 1, 1), new(1, 1, 1)));
        Refused("its scan");
        File.Delete(first);
        Refused("is missing");
        Assert.Contains("does not have the name of a task", Assert.Throws<SegmentationException>(() => DecathlonSubmission.Write(archive, [(output, output)])).Message, StringComparison.Ordinal);
        Assert.Contains(".zip", Assert.Throws<SegmentationException>(() => DecathlonSubmission.Write(_folder.PathOf("a.tar"), [(data.Folder, output)])).Message, StringComparison.Ordinal);
    }

    private string Train(string name, ulong seed)
    {
        var folder = _folder.PathOf(name);
        using var run = TinyRuns.TrainingRun(folder, TinyRuns.TrainingOptions with { Epochs = 1, Seed = seed });
        Assert.Single(run.Run(cancellation: TestContext.Current.CancellationToken));
        return folder;
    }

    private Dataset Phantom()
    {
        var folder = _folder.PathOf(Task);
        PhantomDataset.Create(folder, new PhantomOptions { Name = Task, Cases = 6, TestCases = 2, Size = new(12, 14, 13) }, cancellation: TestContext.Current.CancellationToken);
        return Dataset.Load(folder);
    }

    private static FunctionNetwork Threshold() => new(1, 3, image => cat([full_like(image, 1.0), image, -image], 1));

    private static Segmenter Segmenter(FunctionNetwork network, Dataset data) =>
        new(TinyRuns.Plan with { Classes = data.Classes, Modalities = data.Modalities }, [network], new PredictionOptions { StepSize = 1, MirrorAxes = [] });

    private static void Segment(FunctionNetwork network, Dataset data, int first, int count, string folder)
    {
        var ids = data.Cases.Skip(first).Take(count).Select(item => item.Id).ToList();
        var result = Segmenter(network, data).SegmentCases(data, ids, folder, cancellation: TestContext.Current.CancellationToken);
        Assert.Empty(result.Faults);
        Assert.Equal(ids, result.Scans.Select(scan => scan.Id));
    }
}

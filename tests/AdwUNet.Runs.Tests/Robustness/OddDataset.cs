using System.Text.Json;
using AdwUNet.Architectures;
using AdwUNet.Datasets;
using AdwUNet.Imaging;
using AdwUNet.Planning;
using AdwUNet.Prediction;
using AdwUNet.Preprocessing;
using AdwUNet.Runs;
using AdwUNet.Sampling;
using AdwUNet.Training;

namespace AdwUNet.Runs.Tests.Robustness;

/// <summary>A small dataset on the disk with something odd about it, and the way from its files to a segmentation.</summary>
internal sealed class OddDataset : IDisposable
{
    public static readonly Shape3 Shape = new(12, 16, 14);
    public static readonly Spacing3 Spacing = new(1, 1, 1);

    private static readonly PlannerOptions SmallPlan = new() { MaxPooling = 1, BatchSize = 2 };
    private static readonly TrainingOptions OneStep = TinyRuns.TrainingOptions with { Epochs = 1, IterationsPerEpoch = 2, ValidationIterations = 1 };
    private static readonly PredictionOptions OneTile = new() { MirrorAxes = [] };

    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _ids = [];

    /// <summary>How patches are drawn in training.</summary>
    public SamplingOptions Sampling { get; init; } = OneStep.Sampling;

    /// <summary>What the planner is told.</summary>
    public PlannerOptions Planner { get; init; } = SmallPlan;

    /// <summary>The classes, background included.</summary>
    public int Classes { get; init; } = 3;

    /// <summary>The one channel.</summary>
    public string Modality { get; init; } = "MRI";

    public string Root => _folder.Root;

    public string StoreFolder => _folder.PathOf("store");

    public string RunFolder => _folder.PathOf("run");

    public string Image(string id) => _folder.PathOf("images", id + ".nii.gz");

    /// <summary>Adds a case: noise where nothing else is said, and a block of each of two classes.</summary>
    /// <param name="image">The intensity at an offset; given what it would be.</param>
    /// <param name="label">The class at an offset; given what it would be.</param>
    /// <param name="shape">Its voxels.</param>
    /// <param name="spacing">Its spacing.</param>
    public OddDataset Case(Func<int, float, float>? image = null, Func<int, short, short>? label = null, Shape3? shape = null, Spacing3? spacing = null)
    {
        var (size, id) = (shape ?? Shape, $"case_{_ids.Count:00}");
        var random = new Random(_ids.Count);
        var voxels = new float[size.Count];
        var labels = new short[size.Count];
        for (var i = 0; i < voxels.Length; i++)
        {
            var (x, y) = (i % size.X, i / size.X % size.Y);
            voxels[i] = 10 + random.NextSingle();
            labels[i] = y < size.Y / 3 || x < size.X / 4 ? (short)0 : (short)(x < size.X / 2 ? 1 : 2);
            voxels[i] = image?.Invoke(i, voxels[i]) ?? voxels[i];
            labels[i] = label?.Invoke(i, labels[i]) ?? labels[i];
        }

        Directory.CreateDirectory(_folder.PathOf("images"));
        Directory.CreateDirectory(_folder.PathOf("labels"));
        Nifti.WriteVolume(Image(id), new Volume(voxels, 1, size, spacing ?? Spacing));
        Nifti.WriteLabels(_folder.PathOf("labels", id + ".nii.gz"), new LabelMap(labels, size, spacing ?? Spacing));
        _ids.Add(id);
        return this;
    }

    /// <summary>Adds sound cases.</summary>
    public OddDataset Cases(int count)
    {
        for (var i = 0; i < count; i++)
        {
            Case();
        }

        return this;
    }

    /// <summary>Reads the description.</summary>
    public Dataset Load()
    {
        _folder.Write("dataset.json", JsonSerializer.Serialize(new
        {
            name = "Odd",
            modality = new Dictionary<string, string> { ["0"] = Modality },
            labels = Enumerable.Range(0, Classes).ToDictionary(c => c.ToString(), c => c == 0 ? "background" : $"class {c}"),
            training = _ids.Select(id => new { image = $"./images/{id}.nii.gz", label = $"./labels/{id}.nii.gz" }),
        }));
        return Dataset.Load(_folder.Root);
    }

    /// <summary>The fingerprint's plan, from the files.</summary>
    public Plan Plan() => AdwUNet.Planning.Planner.Plan(Fingerprint.Compute(Load(), cancellation: TestContext.Current.CancellationToken), Planner);

    /// <summary>From the files to preprocessed cases.</summary>
    public CaseStore Preprocess()
    {
        var dataset = Load();
        dataset.Check(cancellation: TestContext.Current.CancellationToken);
        Preprocessor.Run(dataset, Plan(), StoreFolder, cancellation: TestContext.Current.CancellationToken);
        return CaseStore.Open(StoreFolder);
    }

    /// <summary>The whole way: check, fingerprint, plan, preprocess, sample, train two steps, segment the first case's file.</summary>
    public (Plan Plan, TrainingEpoch Epoch, LabelMap Segmentation) RunThrough()
    {
        using var store = Preprocess();
        var widths = Enumerable.Repeat((IReadOnlyList<int>)[4], (2 * store.Plan.PoolCount) + 1).ToArray();
        TrainingEpoch epoch;
        using (var trainer = new TrainingRun(
            RunFolder, store.Plan, Architecture.FromWidths(widths), store.Cases, [store.Cases[0]], OneStep with { Sampling = Sampling }))
        {
            epoch = Assert.Single(trainer.Run(cancellation: TestContext.Current.CancellationToken));
        }

        var output = _folder.PathOf("segmentation.nii.gz");
        using var model = TrainedModel.Load(RunFolder);
        model.Segmenter(OneTile).SegmentToFile(Image("case_00"), output, cancellation: TestContext.Current.CancellationToken);
        var segmentation = Nifti.ReadLabels(output);
        Assert.Equal(Nifti.ReadHeader(Image("case_00")).Shape, segmentation.Shape);
        Assert.All(segmentation.Data, label => Assert.InRange(label, 0, Classes - 1));
        Assert.True(double.IsFinite(epoch.TrainingLoss + epoch.ValidationLoss));
        return (store.Plan, epoch, segmentation);
    }

    public void Dispose() => _folder.Dispose();
}

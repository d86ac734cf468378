using System.Diagnostics;
using System.Text.Json;
using AdwUNet.Architectures;
using AdwUNet.Benchmarks.Measuring;
using AdwUNet.Benchmarks.Preprocessing;
using AdwUNet.Datasets;
using AdwUNet.Experiments;
using AdwUNet.Imaging;
using AdwUNet.Planning;
using AdwUNet.Prediction;
using AdwUNet.Preprocessing;
using AdwUNet.Runs;

namespace AdwUNet.Benchmarks.Scans;

/// <summary>One step of the way of a full-size scan from the files of nnU-Net v2 to a segmented file, all in one fresh process.</summary>
/// <param name="Name">The step.</param>
/// <param name="Seconds">Its duration.</param>
/// <param name="Peak">The most memory that the process has had so far, in bytes.</param>
internal sealed record FullScan(string Name, double Seconds, long Peak)
{
    /// <summary>The command that the fresh process is given.</summary>
    public const string Command = "full-scan";

    private const int TrainingSteps = 3;

    // As the profile laptop: a quarter of nnU-Net's widths. The patch is the planner's.
    private static readonly Profile Profile = Profile.Named("laptop");

    /// <summary>Writes the dataset and measures the steps.</summary>
    public static IReadOnlyList<FullScan> Measure()
    {
        var folder = Directory.CreateTempSubdirectory("adwunet-");
        try
        {
            Write(folder.FullName);
            return JsonSerializer.Deserialize<FullScan[]>(Child.Run(Command, folder.FullName))!;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>What the fresh process does: the steps, and what they took as the last line.</summary>
    public static void RunHere(string folder)
    {
        var steps = new List<FullScan>();
        T Step<T>(string name, Func<T> step)
        {
            var clock = Stopwatch.StartNew();
            var result = step();
            steps.Add(new(name, clock.Elapsed.TotalSeconds, ProcessMemory.Peak));
            Console.Error.WriteLine(steps[^1]);
            return result;
        }

        string PathOf(string name) => Path.Combine(folder, name);
        var dataset = Dataset.Load(folder);
        Step("checks of the files", () => dataset.Examine());
        var plan = Step("fingerprint and plan", () => Planner.Plan(Fingerprint.Compute(dataset)));
        using var store = Step("preprocessing", () =>
        {
            Preprocessor.Run(dataset, plan, PathOf("store"));
            return CaseStore.Open(PathOf("store"));
        });
        var full = store.Cases.MaxBy(item => item.Shape.Count)!;
        var name = $"{TrainingSteps} training steps and 1 of validation, patch {plan.PatchSize} × {plan.BatchSize}";
        Step(name, () => Train(PathOf("training"), plan, store, full));
        var tiles = 0;
        Step("segmentation of the scan without mirroring", () =>
        {
            using var model = TrainedModel.Load(PathOf("training"), weightsFile: TrainedModel.FinalWeightsFile);
            var segmenter = model.Segmenter(Profile.Prediction with { MirrorAxes = [] });
            segmenter.SegmentToFile(dataset.Cases.Single(entry => entry.Id == full.Id).ImagePath, PathOf("segmentation.nii.gz"), new Counter(count => tiles = count));
            return tiles;
        });
        steps[^1] = steps[^1] with { Name = $"{steps[^1].Name}, {tiles} tiles, resampled to {full.Shape}" };
        Console.WriteLine(JsonSerializer.Serialize(steps));
    }

    private static int Train(string folder, Plan plan, CaseStore store, StoredCase full)
    {
        var options = Profile.Training with { Epochs = 1, IterationsPerEpoch = TrainingSteps, ValidationIterations = 1 };
        var architecture = PublishedArchitectures.NnUNet(plan.PoolCount, Profile.Space(Family.AdUNet));
        using var training = new TrainingRun(folder, plan, architecture, [full], [.. store.Cases.Where(item => item.Id != full.Id)], options);
        return training.Run().Count();
    }

    /// <summary>A scan of 400 slices of 512×512, and a small one of another spacing, so that both are resampled.</summary>
    private static void Write(string folder)
    {
        Directory.CreateDirectory(Path.Combine(folder, "imagesTr"));
        Directory.CreateDirectory(Path.Combine(folder, "labelsTr"));
        void WriteCase(string id, Shape3 shape, Spacing3 spacing)
        {
            var scan = PreprocessingCase.Ct(id, shape, spacing, spacing);
            ImageFile.WriteVolume(Path.Combine(folder, "imagesTr", $"{id}_0000.nii.gz"), scan.Image);
            ImageFile.WriteLabels(Path.Combine(folder, "labelsTr", $"{id}.nii.gz"), scan.Labels);
        }

        WriteCase("full", new(400, 512, 512), new(0.9, 0.75, 0.75));
        WriteCase("small", new(160, 192, 192), new(1.1, 0.65, 0.65));
        File.WriteAllText(Path.Combine(folder, Dataset.DescriptionFile), JsonSerializer.Serialize(new
        {
            channel_names = new Dictionary<string, string> { ["0"] = "CT" },
            labels = new Dictionary<string, int> { ["background"] = 0, ["shell"] = 1, ["core"] = 2 },
            numTraining = 2,
            file_ending = ".nii.gz",
        }));
    }

    private sealed class Counter(Action<int> report) : IProgress<PredictionProgress>
    {
        public void Report(PredictionProgress value) => report(value.Total);
    }
}

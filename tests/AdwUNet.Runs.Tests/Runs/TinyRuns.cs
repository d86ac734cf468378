using AdwUNet.Architectures;
using AdwUNet.Augmentation;
using AdwUNet.Imaging;
using AdwUNet.Planning;
using AdwUNet.Preprocessing;
using AdwUNet.Runs;
using AdwUNet.Sampling;
using AdwUNet.Search;
using AdwUNet.Tests.Planning;
using AdwUNet.Tests.Sampling;
using AdwUNet.Training;
using TorchSharp;

namespace AdwUNet.Runs.Tests;

/// <summary>A search and a training of seconds, on cases in memory.</summary>
internal static class TinyRuns
{
    public const int Epochs = 3;
    public const int Iterations = 4;
    private static readonly Shape3 Shape = Shape3.Cube(12);
    private static readonly TimeSpan LongInterval = TimeSpan.FromHours(1);

    public static Plan Plan { get; } = TestPlans.Small(new Spacing3(1, 1, 1)) with { PatchSize = Shape3.Cube(8) };

    public static Architecture Architecture { get; } = Architecture.FromWidths([[4, 6], [8], [6, 4]]);

    public static SearchOptions SearchOptions { get; } = new()
    {
        Epochs = Epochs,
        IterationsPerEpoch = Iterations,
        ValidationIterations = 2,
        WarmUpEpochs = 1,
        ArchitectureLearningRate = 0.1,
        Sampling = new() { Augmentation = AugmentationOptions.Default },
    };

    public static TrainingOptions TrainingOptions { get; } = new()
    {
        Epochs = Epochs,
        IterationsPerEpoch = Iterations,
        ValidationIterations = 2,
        Sampling = new() { Augmentation = AugmentationOptions.Default },
    };

    public static TrainingConfig TrainingConfig { get; } = new(
        TrainingConfig.KindOfRun, Plan, new(Architecture.Family, Architecture.Widths), TrainingOptions, ["case_000"], ["case_020"]);

    public static IReadOnlyList<IPreprocessedCase> Cases(int first, int count = 3) =>
        [.. Enumerable.Range(first, count).Select(i => FakeCase.Random(i, Shape))];

    public static FakeCase Nan() => new("nan", Shape, [.. Enumerable.Repeat(float.NaN, (int)Shape.Count)], FakeCase.Boxes(Shape));

    public static SearchRun Search(
        string folder, SearchOptions? options = null, Family family = Family.AdwUNet, IPreprocessedCase? validation = null,
        IPreprocessedCase? half = null, int threads = 1, bool everyStep = false) => new(
            folder,
            Plan,
            new SearchSpace { Family = family, BaseWidth = 6, MaxWidth = 12, MaxDepth = 2 },
            new SearchCases(Cases(0), half is null ? Cases(10) : [half], validation is null ? Cases(20, 1) : [validation]),
            options ?? SearchOptions,
            loaderThreads: threads)
        {
            CheckpointInterval = everyStep ? TimeSpan.Zero : LongInterval,
        };

    public static TrainingRun TrainingRun(
        string folder, TrainingOptions? options = null, IPreprocessedCase? validation = null, IPreprocessedCase? training = null, int threads = 1,
        bool everyStep = false) => new(
            folder,
            Plan,
            Architecture,
            training is null ? Cases(0) : [training],
            validation is null ? Cases(20, 1) : [validation],
            options ?? TrainingOptions,
            loaderThreads: threads)
        {
            CheckpointInterval = everyStep ? TimeSpan.Zero : LongInterval,
        };

    /// <summary>
    /// The bytes of every file of a run by its name, but of the one that says how long each epoch took. Nothing else may depend on when and
    /// how often a run was stopped.
    /// </summary>
    public static SortedDictionary<string, string> Files(string folder) => new(
        Directory.GetFiles(folder).Where(path => Path.GetFileName(path) != "timing.jsonl")
            .ToDictionary(path => Path.GetFileName(path)!, path => Convert.ToHexString(File.ReadAllBytes(path))),
        StringComparer.Ordinal);

    /// <summary>Tensors made on this thread and not disposed; other tests, on other threads, do not count.</summary>
    public static long LiveTensors => DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
}

/// <summary>Calls back at once; <see cref="Progress{T}"/> does so on another thread, some time later.</summary>
internal sealed class Immediate<T>(Action<T> report) : IProgress<T>
{
    public void Report(T value) => report(value);
}

/// <summary>A case that tells when its voxels are read.</summary>
internal sealed class WatchedCase(IPreprocessedCase inner, Action read) : IPreprocessedCase
{
    public string Id => inner.Id;

    public int Channels => inner.Channels;

    public Shape3 Shape => inner.Shape;

    public ReadOnlySpan<float> Image
    {
        get
        {
            read();
            return inner.Image;
        }
    }

    public ReadOnlySpan<short> Labels => inner.Labels;

    public IReadOnlyDictionary<int, int[]> ForegroundVoxels => inner.ForegroundVoxels;
}

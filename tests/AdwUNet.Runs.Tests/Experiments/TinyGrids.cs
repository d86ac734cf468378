using AdwUNet.Architectures;
using AdwUNet.Experiments;
using AdwUNet.Imaging;
using AdwUNet.Phantom;

namespace AdwUNet.Runs.Tests.Experiments;

/// <summary>Grids whose runs take a second, on a phantom of a few small scans.</summary>
internal static class TinyGrids
{
    public const int Epochs = 2;
    public const int Iterations = 2;

    private static readonly PhantomOptions Phantom = new() { Name = "Task00_Tiny", Cases = 6, Size = new Shape3(16, 18, 16), Spacing = new(2, 2, 2) };

    /// <summary>Search and training of a few steps on patches of 8×8×8 voxels, with one pooling.</summary>
    public static Profile Profile { get; } = Profile.Check with
    {
        Name = "tiny",
        Planner = new() { PatchSize = Shape3.Cube(8), BatchSize = 2, MaxPooling = 1 },
        WidthDivisor = 8,
        MonitorEvery = 4,
        SearchInGrid = Profile.Check.Search with { Epochs = Epochs, WarmUpEpochs = 1, IterationsPerEpoch = Iterations },
        TrainingInGrid = Profile.Check.Training with { Epochs = Epochs, IterationsPerEpoch = Iterations },
    };

    /// <summary>An experiment below a folder, with its dataset.</summary>
    public static Experiment Experiment(string root, Profile? profile = null, Family family = Family.AdUNet)
    {
        var dataset = Path.Combine(root, "data", Phantom.Name);
        PhantomDataset.Create(dataset, Phantom, cancellation: TestContext.Current.CancellationToken);
        return new Experiment(root, dataset, profile ?? Profile, "cpu", family: family.ToString());
    }

    /// <summary>The bytes of every file of all runs, but for how long and how much memory they took.</summary>
    public static SortedDictionary<string, string> Files(string folder)
    {
        string[] measured = ["timing.jsonl", "scans.json", "memory.json"];
        return new(
            Directory.GetFiles(folder, "*", SearchOption.AllDirectories)
                .Where(path => !measured.Contains(Path.GetFileName(path)))
                .ToDictionary(path => Path.GetRelativePath(folder, path), path => Convert.ToHexString(File.ReadAllBytes(path))),
            StringComparer.Ordinal);
    }
}

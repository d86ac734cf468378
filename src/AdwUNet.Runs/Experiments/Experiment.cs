using AdwUNet.Architectures;
using AdwUNet.Phantom;
using AdwUNet.Planning;
using AdwUNet.Preprocessing;
using AdwUNet.Runs;
using AdwUNet.Training;
using static TorchSharp.torch;

namespace AdwUNet.Experiments;

/// <summary>
/// The settings that the notebooks share: the dataset, the size, and the folder of each step's results. Its errors say which notebook to run first if
/// results are missing.
/// </summary>
public sealed partial class Experiment
{
    /// <summary>The name of the synthetic dataset; <see cref="PaperTask.PhantomName"/> has the names of further ones.</summary>
    public const string Phantom = "phantom";

    /// <summary>The environment variable that names the folder of datasets; a relative path starts at the experiment's root.</summary>
    public const string DataVariable = "ADWUNET_DATA";

    private readonly string _dataRoot;
    private readonly string _preprocessedRoot;

    /// <summary>Checks the settings; reads and writes nothing yet.</summary>
    /// <param name="root">The folder that contains <c>data</c> and <c>runs</c>.</param>
    /// <param name="dataset"><c>phantom</c>, <c>phantom-heart</c> and the like, a folder name such as <c>Task04_Hippocampus</c> in the folder that
    /// <c>ADWUNET_DATA</c> names (else in <c>data</c>), or the full path of a dataset's folder.</param>
    /// <param name="profile">A profile's name, or the path of a JSON file (<see cref="ProfileFile"/>).</param>
    /// <param name="device">See <see cref="Devices.Parse"/>.</param>
    /// <param name="seed">The seed of all random numbers.</param>
    /// <param name="run">The run's name; derived from the other settings when empty.</param>
    /// <param name="family">What the search adapts: <c>AdwUNet</c> (depth and width), <c>AwUNet</c> (width) or <c>AdUNet</c> (depth).</param>
    /// <exception cref="ExperimentException">There is no such profile or family, or a name is not a valid folder name.</exception>
    /// <exception cref="DeviceException">There is no such device.</exception>
    public Experiment(string root, string dataset, string profile, string device = "auto", int seed = 1, string run = "", string family = "AdwUNet")
        : this(root, dataset, Profile.Named(profile, root), device, seed, run, family)
    {
    }

    /// <inheritdoc cref="Experiment(string, string, string, string, int, string, string)"/>
    /// <param name="root">The folder that contains <c>data</c> and <c>runs</c>.</param>
    /// <param name="dataset">As above.</param>
    /// <param name="profile">A profile, such as <c>Profile.Laptop with { … }</c>.</param>
    /// <param name="device">As above.</param>
    /// <param name="seed">As above.</param>
    /// <param name="run">As above.</param>
    /// <param name="family">As above.</param>
    public Experiment(string root, string dataset, Profile profile, string device = "auto", int seed = 1, string run = "", string family = "AdwUNet")
    {
        Profile = WithSeed(profile, seed);
        Seed = seed;
        Device = Devices.Parse(device);
        Family = Enum.TryParse<Family>(family, out var parsed) && Enum.IsDefined(parsed)
            ? parsed
            : throw new ExperimentException($"There is no family '{family}'; choose {string.Join(", ", Enum.GetNames<Family>())}.");
        DatasetName = FolderName(Path.IsPathFullyQualified(dataset) ? Path.GetFileName(Path.TrimEndingDirectorySeparator(dataset)) : dataset, "a dataset's");
        RunName = FolderName(run.Length > 0 ? run : $"{DatasetName}-{FolderName(profile.Name, "a profile's")}-{family}-seed{seed}", "a run's");

        var data = Environment.GetEnvironmentVariable(DataVariable);
        _dataRoot = Path.IsPathFullyQualified(dataset)
            ? Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(dataset))!
            : Path.GetFullPath(Path.Combine(root, string.IsNullOrEmpty(data) || IsPhantom ? "data" : data));
        Folder = Path.GetFullPath(Path.Combine(root, "runs", RunName));
        _preprocessedRoot = Path.GetFullPath(Path.Combine(root, "runs", "preprocessed"));
    }

    private Experiment(Experiment other) =>
        (_dataRoot, _preprocessedRoot, _compared, Profile, Device, Family, DatasetName, DatasetOptions, RunName, Folder, Seed) = (
            other._dataRoot, other._preprocessedRoot, other._compared, other.Profile, other.Device, other.Family, other.DatasetName, other.DatasetOptions,
            other.RunName, other.Folder, other.Seed);

    /// <summary>The profile, which sets all sizes.</summary>
    public Profile Profile { get; private init; }

    /// <summary>The seed of all random numbers.</summary>
    public int Seed { get; }

    /// <summary>What the search adapts.</summary>
    public Family Family { get; }

    /// <summary>The search space: the family at the profile's size.</summary>
    public SearchSpace Space => Profile.Space(Family);

    /// <summary>nnU-Net's U-Net at the profile's size, the baseline of a search.</summary>
    /// <param name="poolCount">P, the plan's number of poolings.</param>
    public Architecture ManualUNet(int poolCount) => ArchitectureSource.ManualAt(Profile.Space(Family), poolCount);

    /// <summary>The device.</summary>
    public Device Device { get; }

    /// <summary>The name of the dataset.</summary>
    public string DatasetName { get; }

    /// <summary>Whether the dataset is synthetic.</summary>
    public bool IsPhantom => PhantomOf(DatasetName) is not null;

    /// <summary>The run's name.</summary>
    public string RunName { get; }

    /// <summary>The folder of all results of this run.</summary>
    public string Folder { get; }

    /// <summary>The folder of the dataset.</summary>
    public string DatasetFolder => Path.Combine(_dataRoot, PhantomOf(DatasetName)?.Name ?? DatasetName);

    /// <summary>The fingerprint's file.</summary>
    public string FingerprintPath => PreprocessedFolder + ".fingerprint.json";

    /// <summary>The preprocessed cases; all runs of a dataset and profile share them.</summary>
    public string PreprocessedFolder => Path.Combine(_preprocessedRoot, $"{DatasetName}-{Profile.PlannerName}");

    /// <summary>The folder of the search on one fold.</summary>
    /// <param name="fold">0..4, or <see cref="Splits.AllCases"/>.</param>
    /// <exception cref="ExperimentException">There is no such fold.</exception>
    public string SearchFolder(int fold) => Path.Combine(Folder, "search", FolderOf(fold));

    /// <summary>The file of the architecture that the search on a fold found.</summary>
    /// <param name="fold">0..4, or <see cref="Splits.AllCases"/>.</param>
    /// <exception cref="ExperimentException">There is no such fold.</exception>
    public string ArchitecturePath(int fold) => Path.Combine(SearchFolder(fold), "architecture.json");

    /// <summary>The folder of the training on one fold.</summary>
    /// <param name="fold">0..4, or <see cref="Splits.AllCases"/>.</param>
    /// <exception cref="ExperimentException">There is no such fold.</exception>
    public string TrainingFolder(int fold) => Path.Combine(Folder, "training", FolderOf(fold));

    /// <summary>The cases of a fold.</summary>
    /// <param name="store">The preprocessed cases.</param>
    /// <param name="fold">0..4, or <see cref="Splits.AllCases"/>.</param>
    /// <exception cref="ExperimentException">There is no such fold, or there are too few cases for it.</exception>
    public ExperimentCases Cases(CaseStore store, int fold) => ExperimentCases.Of(store, Existing(fold), Profile.MonitorEvery);

    /// <summary>A grid of runs on this dataset, at this profile's size; <see cref="Experiments.Grid.Add"/> and <see cref="Experiments.Grid.Vary"/> say what varies.</summary>
    /// <param name="name">The grid's name and that of its folder.</param>
    /// <param name="folds">The folds, each of 0..4 or <see cref="Splits.AllCases"/>; fold 0 when null.</param>
    /// <param name="seeds">The seeds; that of this experiment when null.</param>
    /// <exception cref="ExperimentException">There is no such fold, a fold or seed occurs twice, or the name is not a valid folder name.</exception>
    public Grid Grid(string name, IReadOnlyList<int>? folds = null, IReadOnlyList<int>? seeds = null) =>
        new(this, name, [.. (folds ?? [0]).Select(Existing)], seeds ?? [Seed]);

    /// <summary>The same with the planner and the monitoring cases of a run.</summary>
    internal Experiment With(RunSettings settings) => new(this)
    {
        Profile = Profile with { Planner = settings.Planner, MonitorEvery = settings.MonitorEvery },
    };

    /// <summary>The content of the preprocessed cases of now; null if there are none, because the results are all that is left.</summary>
    /// <exception cref="PreprocessingException">The dataset changed since it was preprocessed.</exception>
    internal StoreContent? CaseContents()
    {
        if (StoreMark.Read(PreprocessedFolder) is null) return null;
        using var store = _compared.Contains(PreprocessedFolder) ? CaseStore.Open(PreprocessedFolder) : OpenCompared();
        return new(store);
    }

    /// <summary>The epochs of the search that <c>02-search</c> ran.</summary>
    /// <param name="fold">0..4, or <see cref="Splits.AllCases"/>.</param>
    /// <exception cref="ExperimentException">There are none.</exception>
    /// <exception cref="RunException">The history is damaged, or the cases of the search changed since.</exception>
    /// <exception cref="PreprocessingException">The dataset changed since it was preprocessed.</exception>
    public IReadOnlyList<Search.SearchEpoch> SearchHistory(int fold)
    {
        var folder = SearchFolder(fold);
        var history = Directory.Exists(folder) ? new RunFolder(folder).ReadHistory<Search.SearchEpoch>() : [];
        if (history.Count == 0) throw Missing("search", folder, "02-search");
        RequireSameSearch(fold);
        return history;
    }

    /// <summary>The architecture that the finished search found.</summary>
    /// <param name="fold">0..4, or <see cref="Splits.AllCases"/>.</param>
    /// <exception cref="ExperimentException">There is none.</exception>
    /// <exception cref="ArchitectureException">The file is damaged.</exception>
    /// <exception cref="RunException">The cases of the search changed since.</exception>
    /// <exception cref="PreprocessingException">The dataset changed since it was preprocessed.</exception>
    public Architecture Architecture(int fold)
    {
        if (!File.Exists(ArchitecturePath(fold))) throw Missing("architecture", SearchFolder(fold), "02-search");
        RequireSameSearch(fold);
        return ArchitectureFile.Load(ArchitecturePath(fold));
    }

    // Voxels of 1.5 mm, so that a patch of the profile quick shows a whole scan: a network that sees a part of one needs thousands of steps.
    private static PhantomOptions? PhantomOf(string dataset) => dataset == Phantom
        ? new PhantomOptions { Name = "Task00_MiniPhantom", Spacing = new(1.5, 1.5, 1.5) }.FillingTheUsualField()
        : PaperTask.All.FirstOrDefault(task => task.PhantomName == dataset)?.Phantom;

    internal static string FolderName(string name, string whose) =>
        name.Length == 0 || name is "." or ".." || name.AsSpan().IndexOfAny(Path.GetInvalidFileNameChars()) >= 0
            ? throw new ExperimentException($"'{name}' cannot be {whose} name; use letters, digits, '-', '_' and '.'.")
            : name;

    private static Profile WithSeed(Profile profile, int seed) => profile with
    {
        Search = profile.Search with { Seed = unchecked((ulong)seed) },
        Training = profile.Training with { Seed = unchecked((ulong)seed) },
    };

    private static string FolderOf(int fold) => $"fold{Splits.NameOf(Existing(fold))}";

    private static int Existing(int fold) => fold is (>= 0 and < Splits.FoldCount) or Splits.AllCases
        ? fold
        : throw new ExperimentException($"There is no fold {fold}; choose 0 to {Splits.FoldCount - 1}, or {Splits.AllCases} for all cases.");

    private ExperimentException Missing(string what, string where, string notebook) => new(
        $"The run '{RunName}' has no {what} yet ({where}); run notebooks/{notebook}.ipynb with the same parameters first.");
}

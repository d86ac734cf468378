using AdwUNet.Architectures;
using AdwUNet.Imaging;
using AdwUNet.Phantom;
using AdwUNet.Planning;

namespace AdwUNet.Experiments;

/// <summary>
/// One of the decathlon's ten tasks in the paper: the properties of its scans, the published network where there is one, and a phantom of the same geometry
/// for machines that have neither the data nor a GPU.
/// </summary>
public sealed partial record PaperTask
{
    private const string Auto = "auto";
    private const int PhantomCases = 10;
    private const int PhantomTestCases = 2;

    /// <summary>The dataset's folder, such as <c>Task02_Heart</c>.</summary>
    public required string Dataset { get; init; }

    /// <summary>The segmented structure and the modality, in words.</summary>
    public required string Description { get; init; }

    /// <summary>Names of the input channels.</summary>
    public required IReadOnlyList<string> Modalities { get; init; }

    /// <summary>Names of the classes; index 0 is the background.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>Number of labelled cases.</summary>
    public required int Cases { get; init; }

    /// <summary>Number of cases without published labels, on which the leaderboard scores.</summary>
    public required int TestCases { get; init; }

    /// <summary>The geometry of the median case, from which nnU-Net's rules give the plan; null where only the data tell it.</summary>
    public TaskGeometry? Geometry { get; init; }

    /// <summary>The AdwU-Net that the authors published for it; null where they published none.</summary>
    public Architecture? Published { get; init; }

    /// <summary>The dataset name of the phantom with this task's geometry, such as <c>phantom-heart</c>; there is none without a geometry.</summary>
    public string PhantomName { get; init; } = "";

    /// <summary>Finds a task.</summary>
    /// <param name="dataset">Its dataset, such as <c>Task02_Heart</c>.</param>
    /// <exception cref="ExperimentException">There is no such task.</exception>
    public static PaperTask Named(string dataset) => All.FirstOrDefault(task => task.Dataset == dataset)
        ?? throw new ExperimentException($"There is no task '{dataset}' in the paper; choose {string.Join(", ", All.SkipLast(1).Select(task => task.Dataset))} or {All[^1].Dataset}.");

    private bool IsCt => Modalities is ["CT"];

    /// <summary>A dataset of this task's modalities, classes and spacing, in the field of view of a small structure, with test scans.</summary>
    /// <exception cref="ExperimentException">The geometry is not known.</exception>
    public PhantomOptions Phantom => new PhantomOptions
    {
        Name = $"Task00_Phantom{Dataset[(Dataset.IndexOf('_', StringComparison.Ordinal) + 1)..]}Test",
        Cases = PhantomCases,
        TestCases = PhantomTestCases,
        Spacing = RequireGeometry().Spacing,
        Modalities = Modalities.Count,
        Parts = Classes.Count - 1,
        Intensities = IsCt ? PhantomIntensities.Ct : PhantomIntensities.Mri,
        SkullStripped = RequireGeometry().ScanShape is not null,
    }.FillingTheUsualField();

    /// <summary>
    /// The plan that nnU-Net's rules give for the median case, which is that of the published network. Its intensities are placeholders; preprocess with
    /// a plan of your own cases.
    /// </summary>
    /// <param name="options">The planner's options; nnU-Net v1's when null.</param>
    /// <exception cref="ExperimentException">The geometry is not known.</exception>
    public Plan PublishedPlan(PlannerOptions? options = null) => Planner.Plan(new Fingerprint
    {
        Dataset = Dataset,
        Modalities = Modalities,
        Classes = Classes,
        Cases = [.. Enumerable.Range(0, Cases).Select(i => new CaseFingerprint(
            $"case_{i:000}", RequireGeometry().Spacing, RequireGeometry().ScanShape ?? RequireGeometry().MedianShape, RequireGeometry().MedianShape))],
        Intensities = [.. Modalities.Select(_ => new IntensityStatistics(0, 1, -1, 1, 0, -1, 1))],
    }, options);

    /// <summary>
    /// The experiment on this task's data if they are available, else on the phantom with its geometry.
    /// </summary>
    /// <param name="root">The folder that contains <c>data</c> and <c>runs</c>.</param>
    /// <param name="profile">A profile's name or file; <c>auto</c> is <c>paper</c> for the real data on a GPU, <c>laptop</c> for them on a CPU, and
    /// <c>quick</c> for the phantom.</param>
    /// <param name="device">See <see cref="Devices.Parse"/>.</param>
    /// <param name="seed">The seed of all random numbers.</param>
    /// <param name="run">The run's name; derived from the other settings when empty.</param>
    /// <param name="network">The network that is trained; the searched AdwU-Net when null.</param>
    /// <exception cref="ExperimentException">There is no such profile, a name is not a valid folder name, or there are no data and no phantom of this task.</exception>
    /// <exception cref="DeviceException">There is no such device.</exception>
    public Experiment Experiment(string root, string profile = Auto, string device = "auto", int seed = 1, string run = "", PaperNetwork? network = null)
    {
        var isOnCpu = Devices.Parse(device).type == TorchSharp.DeviceType.CPU;
        var isThere = Directory.Exists(new Experiment(root, Dataset, Profile.Paper).DatasetFolder);
        network ??= PaperNetwork.Named("AdwUNet");
        var chosen = Profile.Named(ProfileOf(profile, isThere, isOnCpu), root);
        if (!isThere) RequireGeometry();
        var dataset = isThere ? Dataset : PhantomName;
        var name = run.Length > 0 ? run : $"{dataset}-{chosen.Name}-{network.Name}-five-folds-seed{seed}";
        return new(root, dataset, chosen, device, seed, name, network.Family.ToString());
    }

    /// <summary>The name of the profile that <c>auto</c> selects.</summary>
    internal static string ProfileOf(string wished, bool hasData, bool isOnCpu) =>
        wished != Auto ? wished : (!hasData ? Profiles.Quick : isOnCpu ? Profiles.Laptop : Profiles.Paper).Name;

    private TaskGeometry RequireGeometry() => Geometry ?? throw new ExperimentException(
        $"{Dataset} needs its data: without them its geometry is not known, so that there is no plan and no phantom of it; fetch them with 'dotnet run data-scripts/fetch-msd.cs -- "
        + $"{Dataset} data', or choose {string.Join(", ", All.Where(task => task.Geometry is not null).Select(task => task.Dataset))}.");
}

/// <summary>The geometry of a task's median case, (z, y, x).</summary>
/// <param name="Spacing">Median spacing in mm.</param>
/// <param name="MedianShape">Median shape after cropping.</param>
/// <param name="ScanShape">The shape before cropping, for scans that show only the extracted brain; null for the others.</param>
public sealed record TaskGeometry(Spacing3 Spacing, Shape3 MedianShape, Shape3? ScanShape = null);

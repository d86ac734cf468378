using AdwUNet.Architectures;
using AdwUNet.Imaging;
using AdwUNet.Phantom;
using AdwUNet.Planning;

namespace AdwUNet.Experiments;

/// <summary>
/// One of the decathlon's tasks in the paper: the properties of its scans, the published network, and a phantom of the same geometry for
/// machines that have neither the data nor a GPU.
/// </summary>
public sealed record PaperTask
{
    private const string Auto = "auto";
    private const int PhantomCases = 10;

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

    /// <summary>The cases' median spacing (mm), (z, y, x).</summary>
    public required Spacing3 Spacing { get; init; }

    /// <summary>The cases' median shape after cropping, (z, y, x).</summary>
    public required Shape3 MedianShape { get; init; }

    /// <summary>The scans' shape before cropping, for the task whose scans show only the extracted brain; null for the others.</summary>
    public Shape3? ScanShape { get; init; }

    /// <summary>The AdwU-Net that the authors published for it.</summary>
    public required Architecture Published { get; init; }

    /// <summary>The dataset name of the phantom with this task's geometry, such as <c>phantom-heart</c>.</summary>
    public required string PhantomName { get; init; }

    /// <summary>Task 1: four modalities, isotropic, brain extracted.</summary>
    public static PaperTask BrainTumour { get; } = new()
    {
        Dataset = "Task01_BrainTumour",
        Description = "tumour parts in magnetic resonance images of the brain",
        Modalities = ["FLAIR", "T1w", "T1gd", "T2w"],
        Classes = ["background", "edema", "non-enhancing tumour", "enhancing tumour"],
        Cases = 484,
        Spacing = new(1, 1, 1),
        MedianShape = new(138, 169, 138),
        ScanShape = new(155, 240, 240),
        Published = PublishedArchitectures.BrainTumourAdw,
        PhantomName = "phantom-brain-tumour",
    };

    /// <summary>Task 2: one modality, nearly isotropic.</summary>
    public static PaperTask Heart { get; } = new()
    {
        Dataset = "Task02_Heart",
        Description = "the left atrium in magnetic resonance images of the heart",
        Modalities = ["MRI"],
        Classes = ["background", "left atrium"],
        Cases = 20,
        Spacing = new(1.37, 1.25, 1.25),
        MedianShape = new(115, 320, 232),
        Published = PublishedArchitectures.HeartAdw,
        PhantomName = "phantom-heart",
    };

    /// <summary>Task 5: two modalities, thick slices.</summary>
    public static PaperTask Prostate { get; } = new()
    {
        Dataset = "Task05_Prostate",
        Description = "two zones of the prostate in magnetic resonance images with thick slices",
        Modalities = ["T2", "ADC"],
        Classes = ["background", "peripheral zone", "transition zone"],
        Cases = 32,
        Spacing = new(3.6, 0.61, 0.61),
        MedianShape = new(20, 320, 319),
        Published = PublishedArchitectures.ProstateAdw,
        PhantomName = "phantom-prostate",
    };

    /// <summary>Task 7: computed tomography.</summary>
    public static PaperTask Pancreas { get; } = new()
    {
        Dataset = "Task07_Pancreas",
        Description = "pancreas and tumour in computed tomography",
        Modalities = ["CT"],
        Classes = ["background", "pancreas", "cancer"],
        Cases = 281,
        Spacing = new(2.5, 0.8, 0.8),
        MedianShape = new(96, 512, 512),
        Published = PublishedArchitectures.PancreasAdw,
        PhantomName = "phantom-pancreas",
    };

    /// <summary>All of them.</summary>
    public static IReadOnlyList<PaperTask> All { get; } = [BrainTumour, Heart, Prostate, Pancreas];

    private bool IsCt => Modalities is ["CT"];

    /// <summary>A dataset of this task's modalities, classes and spacing, in the field of view of a small structure.</summary>
    public PhantomOptions Phantom => new PhantomOptions
    {
        Name = "Task00_" + string.Concat(PhantomName.Split('-').Select(word => char.ToUpperInvariant(word[0]) + word[1..])),
        Cases = PhantomCases,
        Spacing = Spacing,
        Modalities = Modalities.Count,
        Parts = Classes.Count - 1,
        Intensities = IsCt ? PhantomIntensities.Ct : PhantomIntensities.Mri,
        SkullStripped = ScanShape is not null,
    }.FillingTheUsualField();

    /// <summary>
    /// The plan that nnU-Net's rules give for the median case, which is that of the published network. Its intensities are placeholders; preprocess with
    /// a plan of your own cases.
    /// </summary>
    public Plan PublishedPlan() => Planner.Plan(new Fingerprint
    {
        Dataset = Dataset,
        Modalities = Modalities,
        Classes = Classes,
        Cases = [.. Enumerable.Range(0, Cases).Select(i => new CaseFingerprint($"case_{i:000}", Spacing, ScanShape ?? MedianShape, MedianShape))],
        Intensities = [.. Modalities.Select(_ => new IntensityStatistics(0, 1, -1, 1, 0, -1, 1))],
    });

    /// <summary>
    /// The experiment on this task's data if they are available, else on the phantom with its geometry.
    /// </summary>
    /// <param name="root">The folder that contains <c>data</c> and <c>runs</c>.</param>
    /// <param name="profile">A profile's name or file; <c>auto</c> is <c>paper</c> for the real data on a GPU, <c>laptop</c> for them on a CPU, and
    /// <c>quick</c> for the phantom.</param>
    /// <param name="device">See <see cref="Devices.Parse"/>.</param>
    /// <param name="seed">The seed of all random numbers.</param>
    /// <param name="run">The run's name; derived from the other settings when empty.</param>
    /// <param name="family">What the search adapts.</param>
    /// <exception cref="ExperimentException">There is no such profile or family, or a name is not a valid folder name.</exception>
    /// <exception cref="DeviceException">There is no such device.</exception>
    public Experiment Experiment(
        string root, string profile = Auto, string device = "auto", int seed = 1, string run = "", string family = "AdwUNet")
    {
        var isOnCpu = Devices.Parse(device).type == TorchSharp.DeviceType.CPU;
        return Experiment(root, Profile.Named(ProfileOf(profile, IsThere(root), isOnCpu), root), device, seed, run, family);
    }

    /// <inheritdoc cref="Experiment(string, string, string, int, string, string)"/>
    /// <param name="root">The folder that contains <c>data</c> and <c>runs</c>.</param>
    /// <param name="profile">A profile, such as <c>Profile.Laptop with { … }</c>.</param>
    /// <param name="device">See <see cref="Devices.Parse"/>.</param>
    /// <param name="seed">The seed of all random numbers.</param>
    /// <param name="run">The run's name; derived from the other settings when empty.</param>
    /// <param name="family">What the search adapts.</param>
    public Experiment Experiment(string root, Profile profile, string device = "auto", int seed = 1, string run = "", string family = "AdwUNet") =>
        new(root, IsThere(root) ? Dataset : PhantomName, profile, device, seed, run, family);

    private bool IsThere(string root) => Directory.Exists(new Experiment(root, Dataset, Profile.Paper).DatasetFolder);

    /// <summary>The name of the profile that <c>auto</c> selects.</summary>
    internal static string ProfileOf(string wished, bool hasData, bool isOnCpu) =>
        wished != Auto ? wished : (!hasData ? Profiles.Quick : isOnCpu ? Profiles.Laptop : Profiles.Paper).Name;
}

using AdwUNet.Architectures;

namespace AdwUNet.Experiments;

/// <content>
/// The tasks. Numbers of cases, modalities and classes: Antonelli et al., The Medical Segmentation Decathlon, Nature Communications 2022. Median spacings and
/// shapes: those of the tests' golden values of nnU-Net's planner.
/// </content>
public sealed partial record PaperTask
{
    /// <summary>Four modalities, isotropic, brain extracted.</summary>
    public static PaperTask BrainTumour { get; } = new()
    {
        Dataset = "Task01_BrainTumour",
        Description = "tumour parts in magnetic resonance images of the brain",
        Modalities = ["FLAIR", "T1w", "T1gd", "T2w"],
        Classes = ["background", "edema", "non-enhancing tumour", "enhancing tumour"],
        Cases = 484,
        TestCases = 266,
        Geometry = new(new(1, 1, 1), new(138, 169, 138), ScanShape: new(155, 240, 240)),
        Published = PublishedArchitectures.BrainTumourAdw,
        PhantomName = "phantom-brain-tumour",
    };

    /// <summary>One modality, nearly isotropic.</summary>
    public static PaperTask Heart { get; } = new()
    {
        Dataset = "Task02_Heart",
        Description = "the left atrium in magnetic resonance images of the heart",
        Modalities = ["MRI"],
        Classes = ["background", "left atrium"],
        Cases = 20,
        TestCases = 10,
        Geometry = new(new(1.37, 1.25, 1.25), new(115, 320, 232)),
        Published = PublishedArchitectures.HeartAdw,
        PhantomName = "phantom-heart",
    };

    /// <summary>Computed tomography of the abdomen; a large organ and its tumours.</summary>
    public static PaperTask Liver { get; } = new()
    {
        Dataset = "Task03_Liver",
        Description = "liver and tumours in computed tomography",
        Modalities = ["CT"],
        Classes = ["background", "liver", "cancer"],
        Cases = 131,
        TestCases = 70,
        Geometry = new(new(1, 0.7676, 0.7676), new(482, 512, 512)),
        PhantomName = "phantom-liver",
    };

    /// <summary>Small scans of one modality.</summary>
    public static PaperTask Hippocampus { get; } = new()
    {
        Dataset = "Task04_Hippocampus",
        Description = "two parts of the hippocampus in magnetic resonance images",
        Modalities = ["MRI"],
        Classes = ["background", "Anterior", "Posterior"],
        Cases = 260,
        TestCases = 130,
        Geometry = new(new(1, 1, 1), new(36, 50, 35)),
        PhantomName = "phantom-hippocampus",
    };

    /// <summary>Two modalities, thick slices.</summary>
    public static PaperTask Prostate { get; } = new()
    {
        Dataset = "Task05_Prostate",
        Description = "two zones of the prostate in magnetic resonance images with thick slices",
        Modalities = ["T2", "ADC"],
        Classes = ["background", "peripheral zone", "transition zone"],
        Cases = 32,
        TestCases = 16,
        Geometry = new(new(3.6, 0.61, 0.61), new(20, 320, 319)),
        Published = PublishedArchitectures.ProstateAdw,
        PhantomName = "phantom-prostate",
    };

    /// <summary>Small tumours in large scans; the data are needed.</summary>
    public static PaperTask Lung { get; } = new()
    {
        Dataset = "Task06_Lung",
        Description = "tumours of the lung in computed tomography",
        Modalities = ["CT"],
        Classes = ["background", "cancer"],
        Cases = 63,
        TestCases = 32,
    };

    /// <summary>Computed tomography.</summary>
    public static PaperTask Pancreas { get; } = new()
    {
        Dataset = "Task07_Pancreas",
        Description = "pancreas and tumour in computed tomography",
        Modalities = ["CT"],
        Classes = ["background", "pancreas", "cancer"],
        Cases = 281,
        TestCases = 139,
        Geometry = new(new(2.5, 0.8, 0.8), new(96, 512, 512)),
        Published = PublishedArchitectures.PancreasAdw,
        PhantomName = "phantom-pancreas",
    };

    /// <summary>Thin tubes; the data are needed.</summary>
    public static PaperTask HepaticVessel { get; } = new()
    {
        Dataset = "Task08_HepaticVessel",
        Description = "vessels and tumours of the liver in computed tomography",
        Modalities = ["CT"],
        Classes = ["background", "vessel", "tumour"],
        Cases = 303,
        TestCases = 140,
    };

    /// <summary>One large organ; the data are needed.</summary>
    public static PaperTask Spleen { get; } = new()
    {
        Dataset = "Task09_Spleen",
        Description = "the spleen in computed tomography",
        Modalities = ["CT"],
        Classes = ["background", "spleen"],
        Cases = 41,
        TestCases = 20,
    };

    /// <summary>Tumours of any shape; the data are needed.</summary>
    public static PaperTask Colon { get; } = new()
    {
        Dataset = "Task10_Colon",
        Description = "tumours of the colon in computed tomography",
        Modalities = ["CT"],
        Classes = ["background", "cancer"],
        Cases = 126,
        TestCases = 64,
    };

    /// <summary>All of them, in the order of their numbers.</summary>
    public static IReadOnlyList<PaperTask> All { get; } =
        [BrainTumour, Heart, Liver, Hippocampus, Prostate, Lung, Pancreas, HepaticVessel, Spleen, Colon];
}

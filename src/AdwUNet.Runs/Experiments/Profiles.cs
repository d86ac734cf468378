using AdwUNet.Augmentation;
using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Prediction;
using AdwUNet.Sampling;
using AdwUNet.Search;
using AdwUNet.Training;

namespace AdwUNet.Experiments;

/// <summary>The profiles. The small ones compute in bfloat16 if that is faster on the processor; <c>paper</c> computes in float32.</summary>
internal static class Profiles
{
    private const double Giga = 1e9;

    // 0.97^150: τ falls from 5 to 0.05 over the epochs after the warm-up, as it does over the 150 published ones.
    private const double PublishedCooling = 0.0104;

    // 0.99 averages over a hundred steps, too slow for a training of a few hundred. The learning rate is larger by the same factor, so that a gradient
    // moves the weights as far in all: with 1e-2 a training of some hundred steps does not tell similar classes apart.
    private const double ShortMomentum = 0.9;
    private const double ShortLearningRate = 0.1;

    // Paper, section 4.1, of search and training; the authors' code has nnU-Net's 3e-5.
    private const double WeightDecayOfText = 1e-3;

    /// <summary>All notebooks in minutes on two cores: a demonstration, without meaningful results.</summary>
    public static Profile Quick { get; } = new()
    {
        Name = "quick",
        Description = "minutes in all on two cores: shows how it works, not how well",
        Planner = Budget(gigabytes: 1, seconds: 0.1) with { MaxPooling = 2 },
        SearchesOnTheWay = true,
        WidthDivisor = 4,
        MonitorEvery = 5,
        Search = ShortSearch(epochs: 12, warmUp: 4, iterations: 30, validations: 8),
        Training = ShortTraining(epochs: 10, iterations: 50, validations: 8),
        Prediction = Fast,
        SearchInGrid = ShortSearch(epochs: 8, warmUp: 3, iterations: 10, validations: 4) with { ArchitectureLearningRate = 2e-2 },
        TrainingInGrid = ShortTraining(epochs: 8, iterations: 16, validations: 5),
        PredictionInGrid = Fast with { MirrorAxes = [] },
    };

    /// <summary>Every notebook in seconds: executes all code, without meaningful results.</summary>
    public static Profile Check { get; } = Quick with
    {
        Name = "check",
        Description = "seconds for each notebook: executes all code; its results mean nothing",
        Planner = Budget(gigabytes: 1, seconds: 0.03) with { MaxPooling = 2 },
        Search = Quick.Search with { Epochs = 3, WarmUpEpochs = 1, IterationsPerEpoch = 2, ValidationIterations = 1 },
        Training = Quick.Training with { Epochs = 2, IterationsPerEpoch = 2, ValidationIterations = 1 },
        Prediction = Fast with { StepSize = 1, MirrorAxes = [] },
        SearchInGrid = Quick.SearchInGrid! with { Epochs = 2, WarmUpEpochs = 1, IterationsPerEpoch = 2, ValidationIterations = 1 },
        TrainingInGrid = Quick.TrainingInGrid! with { Epochs = 2, IterationsPerEpoch = 2, ValidationIterations = 1 },
        PredictionInGrid = Fast with { StepSize = 1, MirrorAxes = [] },
    };

    /// <summary>Real data on a laptop's CPU within an hour.</summary>
    public static Profile Laptop { get; } = new()
    {
        Name = "laptop",
        Description = "real data on a laptop's CPU within an hour: small widths, a short search",
        Planner = Budget(gigabytes: 2, seconds: 0.6),
        WidthDivisor = 4,
        MonitorEvery = 10,
        Search = new()
        {
            Epochs = 20,
            WarmUpEpochs = 8,
            IterationsPerEpoch = 25,
            ValidationIterations = 8,
            TemperatureFactor = Math.Pow(PublishedCooling, 1 / 12.0),
            ArchitectureLearningRate = 1e-2,
            ClipStaleGradients = false,
            Precision = Precision.Auto,
            Sampling = Augmented,
        },
        Training = new() { Epochs = 40, IterationsPerEpoch = 100, ValidationIterations = 8, Precision = Precision.Auto, Sampling = Augmented },
        Prediction = Fast,
    };

    /// <summary>Real data on a laptop's CPU in a night: about three hours a fold on two cores, most of them in the training. Not measured yet.</summary>
    public static Profile Night { get; } = Laptop with
    {
        Name = "night",
        Description = "real data on a laptop's CPU in a night: about three hours for each fold on two cores",
        Search = Laptop.Search with
        {
            Epochs = 40,
            WarmUpEpochs = 16,
            IterationsPerEpoch = 50,
            TemperatureFactor = Math.Pow(PublishedCooling, 1 / 24.0),
        },
        Training = Laptop.Training with { Epochs = 400, IterationsPerEpoch = 250 },
    };

    /// <summary>The published settings: days on a GPU.</summary>
    public static Profile Paper { get; } = new()
    {
        Name = "paper",
        Description = "the published settings: a GPU, and days",
        Search = new(),
        Training = new(),
    };

    /// <summary>The settings of the paper's text (section 4.1) where the authors' code, which <see cref="Paper"/> follows, differs.</summary>
    public static Profile PaperText { get; } = Paper with
    {
        Name = "paper-text",
        Description = "the settings of the paper's text where they differ from the published code: a GPU, and days",
        Search = Paper.Search with { WeightDecay = WeightDecayOfText, WeightsLearnFromA = true, AnnealsInWarmUp = true },
        Training = Paper.Training with { WeightDecay = WeightDecayOfText },
    };

    /// <summary>
    /// nnU-Net's planner under a smaller budget, which it estimates for the supernet of the small profiles: three convolutions a block, 12 to 96 channels.
    /// </summary>
    /// <param name="gigabytes">Memory of a step, 10^9 bytes.</param>
    /// <param name="seconds">Duration of a weight step on a processor of 100 GFLOP/s.</param>
    private static PlannerOptions Budget(double gigabytes, double seconds) => new()
    {
        MemoryBudget = gigabytes * Giga / StepEstimate.BytesPerValue,
        StepSeconds = seconds,
        BaseFeatures = 12,
        MaxFeatures = 96,
        ConvolutionsPerStage = 3,
        BatchSize = 2,
    };

    /// <summary>
    /// A search of some hundred steps. Small patches buy steps; a validation without noise shows what the supernet has learnt. The temperature falls as far as
    /// in the published search.
    /// </summary>
    private static SearchOptions ShortSearch(int epochs, int warmUp, int iterations, int validations) => new()
    {
        Epochs = epochs,
        WarmUpEpochs = warmUp,
        IterationsPerEpoch = iterations,
        ValidationIterations = validations,
        TemperatureFactor = Math.Pow(PublishedCooling, 1.0 / (epochs - warmUp)),
        WeightLearningRate = ShortLearningRate,
        Momentum = ShortMomentum,
        ArchitectureLearningRate = 1e-2,
        ClipStaleGradients = false,
        NoiseInValidation = false,
        Precision = Precision.Auto,
        Sampling = SmallPatches,
    };

    /// <summary>A training of some hundred steps on whole patches, as the prediction has them.</summary>
    private static TrainingOptions ShortTraining(int epochs, int iterations, int validations) => new()
    {
        Epochs = epochs,
        IterationsPerEpoch = iterations,
        ValidationIterations = validations,
        LearningRate = ShortLearningRate,
        Momentum = ShortMomentum,
        Precision = Precision.Auto,
        Sampling = Augmented,
    };

    private static PredictionOptions Fast => new() { Precision = Precision.Auto };

    // A quarter of the voxels.
    private static SamplingOptions SmallPatches => Augmented with { PatchShare = 0.6 };

    private static SamplingOptions Augmented => new() { Augmentation = AugmentationOptions.Default };
}

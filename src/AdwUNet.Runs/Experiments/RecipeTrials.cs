using AdwUNet.Augmentation;
using AdwUNet.Sampling;
using AdwUNet.Training;

namespace AdwUNet.Experiments;

/// <summary>
/// Recipes of short trainings, compared on the training cases that monitor fold 0; the validation cases of the fold are not used. Each but the last three
/// trains nnU-Net's manual network, so that only the recipe differs.
/// </summary>
public static class RecipeTrials
{
    /// <summary>The profile as it is.</summary>
    public const string Baseline = "profile";

    /// <summary>A network of about twice the operations, trained with half the steps: whether a given time is better spent on width.</summary>
    public const string Wider = "width × 1.5, half the steps";

    /// <summary>Describes the trials; reads and writes nothing yet.</summary>
    /// <param name="experiment">The dataset, and the profile whose training is varied.</param>
    /// <param name="steps">Steps of each training, in as many epochs as the profile has; those of the profile when null.</param>
    public static Grid Of(Experiment experiment, int? steps = null)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        var grid = experiment.Grid("recipes");
        Add(Baseline, training => training);
        Add("momentum 0.95", training => Scaled(training, 0.95));
        Add("momentum 0.9", training => Scaled(training, 0.9));
        Add("cosine", training => training with { Schedule = new WarmUpCosine(0.05) });
        Add("one cycle", training => training with { Schedule = new WarmUpCosine(0.3, 0.04) });
        Add("average 0.99", training => training with { WeightAveraging = 0.99 });
        Add("cosine, momentum 0.95, average 0.99", training => Scaled(training, 0.95) with { Schedule = new WarmUpCosine(0.05), WeightAveraging = 0.99 });
        Add("batch 4, half the steps", training => training with
        {
            IterationsPerEpoch = Math.Max(training.IterationsPerEpoch / 2, 1),
            Sampling = training.Sampling with { BatchSize = 4 },
        });
        Add("two thirds foreground", training => training with { Sampling = training.Sampling with { ForegroundFraction = 0.67 } });
        Add("mirroring and spatial augmentation only", training => training with
        {
            Sampling = training.Sampling with { Augmentation = AugmentationOptions.None with { Mirror = new(), Spatial = new() } },
        });
        RunSettings Half(RunSettings e) => Trial(e, training => training with { IterationsPerEpoch = Math.Max(training.IterationsPerEpoch / 2, 1) });
        grid.Add(Wider, e => Half(e) with { Architecture = ArchitectureSource.Scaled(1, 1.5) });
        grid.Add("searched", e => Trial(e, training => training) with { Architecture = ArchitectureSource.Search });
        grid.Add("searched, from the supernet", e => Trial(e, training => training) with { Architecture = ArchitectureSource.Search, StartsFromSupernet = true });
        return grid;

        void Add(string name, Func<TrainingOptions, TrainingOptions> change) => grid.Add(name, e => Trial(e, change));

        RunSettings Trial(RunSettings settings, Func<TrainingOptions, TrainingOptions> change) => settings with
        {
            Architecture = ArchitectureSource.Manual,
            EvaluatesMonitor = true,
            Training = change(steps is { } all
                ? settings.Training with { IterationsPerEpoch = Math.Max(all / settings.Training.Epochs, 1) }
                : settings.Training),
        };
    }

    // Steps move the weights as far in all: the learning rate times 1 / (1 − momentum) stays.
    private static TrainingOptions Scaled(TrainingOptions training, double momentum) => training with
    {
        Momentum = momentum,
        LearningRate = training.LearningRate * (1 - momentum) / (1 - training.Momentum),
    };
}

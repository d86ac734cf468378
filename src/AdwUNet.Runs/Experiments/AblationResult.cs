using AdwUNet.Architectures;
using AdwUNet.Planning;
using AdwUNet.Prediction;
using AdwUNet.Search;
using AdwUNet.Training;

namespace AdwUNet.Experiments;

/// <summary>What a finished run of an ablation left in its folder.</summary>
/// <param name="Run">The run.</param>
/// <param name="Architecture">What the search found.</param>
/// <param name="Cost">What that costs on one patch of the plan.</param>
/// <param name="Search">The search's epochs.</param>
/// <param name="Training">The training's epochs.</param>
public sealed record AblationResult(
    AblationRun Run,
    Architecture Architecture,
    NetworkCost Cost,
    IReadOnlyList<SearchEpoch> Search,
    IReadOnlyList<TrainingEpoch> Training)
{
    // One epoch validates on few patches only.
    private const int EpochsOfDice = 3;

    /// <summary>
    /// The derived network's Dice on validation patches at the end of its training: mean over the foreground classes and the last
    /// three epochs; null where no class occurred.
    /// </summary>
    public double? Dice => Training.TakeLast(EpochsOfDice).SelectMany(epoch => epoch.ValidationDice).Average();

    /// <summary>Reads a finished run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="plan">The plan of its cases.</param>
    /// <exception cref="ArchitectureException">The architecture is missing or damaged.</exception>
    /// <exception cref="RunException">A history is damaged.</exception>
    internal static AblationResult Read(AblationRun run, Plan plan)
    {
        var architecture = ArchitectureFile.Load(Path.Combine(run.SearchFolder, TrainedModel.ArchitectureFileName));
        return new(
            run,
            architecture,
            NetworkCost.Of(architecture, plan with { BatchSize = 1 }),
            AblationRun.History<SearchEpoch>(run.SearchFolder),
            AblationRun.History<TrainingEpoch>(run.TrainingFolder));
    }
}

using AdwUNet.Architectures;
using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Training;

namespace AdwUNet.Runs;

/// <summary>What decides a training's result but for the voxels of its cases: the content of its <c>config.json</c>.</summary>
/// <param name="Kind">Always <see cref="KindOfRun"/>.</param>
/// <param name="Plan">The plan.</param>
/// <param name="Architecture">The network.</param>
/// <param name="Options">How the training runs.</param>
/// <param name="Training">The cases to learn from.</param>
/// <param name="Validation">The cases to watch it by.</param>
internal sealed record TrainingConfig(
    string Kind,
    Plan Plan,
    TrainedArchitecture Architecture,
    TrainingOptions Options,
    IReadOnlyList<string> Training,
    IReadOnlyList<string> Validation) : IRunConfig
{
    public const string KindOfRun = "training";

    /// <inheritdoc/>
    Precision IRunConfig.Precision => Options.Precision;

    /// <inheritdoc/>
    public void Validate()
    {
        Plan.Validate();
        Options.Validate();
        Options.Sampling.Validate(Plan);
        _ = Architectures.Architecture.FromWidths(Architecture.Widths, Architecture.Family);
    }
}

/// <summary>An architecture as a part of a configuration.</summary>
/// <param name="Family">Which kind of search it comes from.</param>
/// <param name="Widths">Channels of each convolution of each block.</param>
internal sealed record TrainedArchitecture(Family Family, IReadOnlyList<IReadOnlyList<int>> Widths);

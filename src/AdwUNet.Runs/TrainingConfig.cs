using System.Text.Json.Serialization;
using AdwUNet.Architectures;
using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Training;

namespace AdwUNet.Runs;

/// <summary>All inputs of a training, with a hash in the place of the voxels of each case: the content of its <c>config.json</c>.</summary>
/// <param name="Kind">Always <see cref="KindOfRun"/>.</param>
/// <param name="Plan">The plan.</param>
/// <param name="Architecture">The network.</param>
/// <param name="Options">The options of the training.</param>
/// <param name="Training">The training cases.</param>
/// <param name="Validation">The validation cases.</param>
internal sealed record TrainingConfig(
    string Kind,
    Plan Plan,
    TrainedArchitecture Architecture,
    TrainingOptions Options,
    IReadOnlyList<string> Training,
    IReadOnlyList<string> Validation) : IRunConfig
{
    public const string KindOfRun = "training";

    /// <summary>The content hashes of the cases.</summary>
    public IReadOnlyDictionary<string, string?> Content { get; init; } = CaseContent.Of();

    /// <summary>A hash of the initial weights if they are those of a supernet; null where the seed draws them.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? InitialWeights { get; init; }

    // Explicit, so that they are no fields of config.json.
    int IRunConfig.Epochs => Options.Epochs;

    int IRunConfig.IterationsPerEpoch => Options.IterationsPerEpoch;

    StepMemory IRunConfig.Memory => new(Options.Sampling.SizesOf(Plan), sizes => NetworkCost.Of(Architecture.Build(), sizes), KindOfRun);

    /// <inheritdoc/>
    public void Validate()
    {
        Plan.Validate();
        Options.Validate();
        Options.Sampling.Validate(Plan);
        _ = Architecture.Build();
    }
}

/// <summary>An architecture in a configuration.</summary>
/// <param name="Family">The family of the search.</param>
/// <param name="Widths">Channels of each convolution of each block.</param>
internal sealed record TrainedArchitecture(Family Family, IReadOnlyList<IReadOnlyList<int>> Widths)
{
    /// <exception cref="ArchitectureException">The widths are no architecture.</exception>
    public Architecture Build() => Architecture.FromWidths(Widths, Family);
}

using AdwUNet.Prediction;
using AdwUNet.Runs;
using AdwUNet.Training;

namespace AdwUNet.Experiments;

/// <summary>One run of an ablation: a search, then the training of the architecture that it found.</summary>
/// <param name="Variant">The variant.</param>
/// <param name="Seed">The seed of all random numbers.</param>
/// <param name="Folder">The folder of both.</param>
public sealed record AblationRun(AblationVariant Variant, int Seed, string Folder)
{
    /// <summary>Variant and seed, for display.</summary>
    public string Name => $"{Variant.Name}, seed {Seed}";

    /// <summary>The search's folder.</summary>
    public string SearchFolder => Path.Combine(Folder, "search");

    /// <summary>The training's folder.</summary>
    public string TrainingFolder => Path.Combine(Folder, "training");

    /// <summary>Whether search and training are complete.</summary>
    public bool IsFinished => File.Exists(Path.Combine(TrainingFolder, TrainedModel.FinalWeightsFile));

    /// <summary>The epochs in one of the two folders; none if it does not exist yet.</summary>
    internal static IReadOnlyList<T> History<T>(string folder) => Directory.Exists(folder) ? new RunFolder(folder).ReadHistory<T>() : [];
}

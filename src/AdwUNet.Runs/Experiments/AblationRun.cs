using AdwUNet.Prediction;
using AdwUNet.Runs;
using AdwUNet.Training;

namespace AdwUNet.Experiments;

/// <summary>One run of an ablation: a search, then the training of what it found.</summary>
/// <param name="Variant">Its setting.</param>
/// <param name="Seed">Decides its random numbers.</param>
/// <param name="Folder">The folder that holds both.</param>
public sealed record AblationRun(AblationVariant Variant, int Seed, string Folder)
{
    /// <summary>Variant and seed, for readers.</summary>
    public string Name => $"{Variant.Name}, seed {Seed}";

    /// <summary>The search's folder.</summary>
    public string SearchFolder => Path.Combine(Folder, "search");

    /// <summary>The training's folder.</summary>
    public string TrainingFolder => Path.Combine(Folder, "training");

    /// <summary>Whether search and training are done.</summary>
    public bool IsFinished => File.Exists(Path.Combine(TrainingFolder, TrainedModel.FinalWeightsFile));

    /// <summary>The epochs in one of the two folders; none where it does not exist yet.</summary>
    internal static IReadOnlyList<T> History<T>(string folder) => Directory.Exists(folder) ? new RunFolder(folder).ReadHistory<T>() : [];
}

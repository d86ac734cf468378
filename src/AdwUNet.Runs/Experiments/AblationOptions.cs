using AdwUNet.Search;
using AdwUNet.Training;

namespace AdwUNet.Experiments;

/// <summary>What is the same for all runs of an ablation; their seeds come from the ablation.</summary>
/// <param name="Search">How each search runs.</param>
/// <param name="Training">How each derived network is trained.</param>
public sealed record AblationOptions(SearchOptions Search, TrainingOptions Training)
{
    /// <summary>Weight steps of one run, search and training together.</summary>
    internal int IterationsPerRun => (Search.Epochs * Search.IterationsPerEpoch) + (Training.Epochs * Training.IterationsPerEpoch);
}

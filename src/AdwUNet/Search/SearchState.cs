using System.Text.Json.Serialization;
using AdwUNet.Planning;
using AdwUNet.Preprocessing;
using AdwUNet.Training;

namespace AdwUNet.Search;

/// <summary>The position of a search, without its tensors. All random numbers depend only on the seed and these counts.</summary>
public sealed record SearchState : ILoopState
{
    /// <inheritdoc/>
    public int Epoch { get; set; }

    /// <inheritdoc/>
    public int Iteration { get; set; }

    /// <summary>Number of forward passes in steps so far; the index of the Gumbel noise.</summary>
    public long Steps { get; set; }

    /// <summary>Number of batches used from half A.</summary>
    public long BatchesOfA { get; set; }

    /// <summary>Number of batches used from half B.</summary>
    public long BatchesOfB { get; set; }

    /// <inheritdoc/>
    [JsonIgnore]
    public IReadOnlyList<(string Name, long Value)> Counts =>
        [("epoch", Epoch), ("iteration", Iteration), ("steps", Steps), ("batchesOfA", BatchesOfA), ("batchesOfB", BatchesOfB)];

    /// <summary>Sum of the weight steps' losses in this epoch.</summary>
    public double WeightLossSum { get; set; }

    /// <summary>Sum of the architecture losses in this epoch; each iteration adds the mean of its architecture steps.</summary>
    public double ArchitectureLossSum { get; set; }

    /// <summary>Duration of the current epoch so far, in seconds.</summary>
    public double Seconds { get; set; }
}

/// <summary>The cases of a search.</summary>
/// <param name="A">The half that only architecture steps use.</param>
/// <param name="B">The half that weight steps and architecture steps use.</param>
/// <param name="Validation">Cases that no step uses.</param>
public sealed record SearchCases(
    IReadOnlyList<IPreprocessedCase> A,
    IReadOnlyList<IPreprocessedCase> B,
    IReadOnlyList<IPreprocessedCase> Validation);

using System.Text.Json.Serialization;
using AdwUNet.Training;


namespace AdwUNet.Search;

/// <summary>Where a search is, besides its tensors. Every random number follows from the seed and these counts.</summary>
public sealed record SearchState : ILoopState
{
    /// <inheritdoc/>
    public int Epoch { get; set; }

    /// <inheritdoc/>
    public int Iteration { get; set; }

    /// <summary>Forward passes of steps so far; numbers the Gumbel noise.</summary>
    public long Steps { get; set; }

    /// <summary>Batches taken from half A.</summary>
    public long BatchesOfA { get; set; }

    /// <summary>Batches taken from half B.</summary>
    public long BatchesOfB { get; set; }

    /// <inheritdoc/>
    [JsonIgnore]
    public IReadOnlyList<(string Name, long Value)> Counts =>
        [("epoch", Epoch), ("iteration", Iteration), ("steps", Steps), ("batchesOfA", BatchesOfA), ("batchesOfB", BatchesOfB)];

    /// <summary>Sum of the weight steps' losses in this epoch.</summary>
    public double WeightLossSum { get; set; }

    /// <summary>Sum of the architecture losses in this epoch, each iteration's the mean of its steps.</summary>
    public double ArchitectureLossSum { get; set; }

    /// <summary>Seconds that this epoch has taken.</summary>
    public double Seconds { get; set; }
}

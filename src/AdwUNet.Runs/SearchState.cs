using System.Text.Json.Serialization;
using AdwUNet.Training;

namespace AdwUNet.Runs;

/// <summary>Where a search is, besides its tensors. Every random number follows from the seed and these counts.</summary>
internal sealed record SearchState : ILoopState
{
    public int Epoch { get; set; }

    public int Iteration { get; set; }

    /// <summary>Forward passes of steps so far; numbers the Gumbel noise.</summary>
    public long Steps { get; set; }

    public long BatchesOfA { get; set; }

    public long BatchesOfB { get; set; }

    [JsonIgnore]
    public IReadOnlyList<(string Name, long Value)> Counts =>
        [("epoch", Epoch), ("iteration", Iteration), ("steps", Steps), ("batchesOfA", BatchesOfA), ("batchesOfB", BatchesOfB)];

    public double WeightLossSum { get; set; }

    public double ArchitectureLossSum { get; set; }

    public double Seconds { get; set; }
}

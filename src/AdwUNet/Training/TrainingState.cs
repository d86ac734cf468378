using System.Text.Json.Serialization;

namespace AdwUNet.Training;

/// <summary>Where a training is, besides its tensors. Every random number follows from the seed and these counts.</summary>
public sealed record TrainingState : ILoopState
{
    /// <inheritdoc/>
    public int Epoch { get; set; }

    /// <inheritdoc/>
    public int Iteration { get; set; }

    /// <summary>Batches taken.</summary>
    public long Batches { get; set; }

    /// <inheritdoc/>
    [JsonIgnore]
    public IReadOnlyList<(string Name, long Value)> Counts => [("epoch", Epoch), ("iteration", Iteration), ("batches", Batches)];

    /// <summary>Sum of the losses in this epoch.</summary>
    public double LossSum { get; set; }

    /// <summary>Seconds that this epoch has taken.</summary>
    public double Seconds { get; set; }

    /// <summary>The best moving average of the validation Dice so far; −1 before the first.</summary>
    public double BestMovingAverage { get; set; } = -1;
}

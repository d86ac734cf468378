using System.Text.Json.Serialization;

namespace AdwUNet.Training;

/// <summary>The position of a training, without its tensors. All random numbers depend only on the seed and these counts.</summary>
public sealed record TrainingState : ILoopState
{
    /// <inheritdoc/>
    public int Epoch { get; set; }

    /// <inheritdoc/>
    public int Iteration { get; set; }

    /// <summary>Number of training batches used so far.</summary>
    public long Batches { get; set; }

    /// <inheritdoc/>
    [JsonIgnore]
    public IReadOnlyList<(string Name, long Value)> Counts => [("epoch", Epoch), ("iteration", Iteration), ("batches", Batches)];

    /// <summary>Sum of the losses in this epoch.</summary>
    public double LossSum { get; set; }

    /// <summary>Duration of the current epoch so far, in seconds.</summary>
    public double Seconds { get; set; }

    /// <summary>The best moving average of the validation Dice so far; −1 before the first.</summary>
    public double BestMovingAverage { get; set; } = -1;
}

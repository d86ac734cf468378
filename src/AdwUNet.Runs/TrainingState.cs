using System.Text.Json.Serialization;

namespace AdwUNet.Runs;

/// <summary>Where a training is, besides its tensors. Every random number follows from the seed and these counts.</summary>
internal sealed record TrainingState : ILoopState
{
    public int Epoch { get; set; }

    public int Iteration { get; set; }

    public long Batches { get; set; }

    [JsonIgnore]
    public IReadOnlyList<(string Name, long Value)> Counts => [("epoch", Epoch), ("iteration", Iteration), ("batches", Batches)];

    public double LossSum { get; set; }

    public double Seconds { get; set; }

    public double BestMovingAverage { get; set; } = -1;
}

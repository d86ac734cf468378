namespace AdwUNet.Training;

/// <summary>Where a training is, besides its tensors. Every random number follows from the seed and these counts.</summary>
internal sealed record TrainingState
{
    public int Epoch { get; set; }

    public int Iteration { get; set; }

    public long Batches { get; set; }

    public double LossSum { get; set; }

    public double Seconds { get; set; }

    public double BestMovingAverage { get; set; } = -1;
}

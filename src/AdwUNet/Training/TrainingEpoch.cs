namespace AdwUNet.Training;

/// <summary>The record of one training epoch; one line of a run's <c>history.jsonl</c>.</summary>
public sealed record TrainingEpoch
{
    /// <summary>0-based index.</summary>
    public required int Epoch { get; init; }

    /// <summary>Mean training loss.</summary>
    public required double TrainingLoss { get; init; }

    /// <summary>Mean loss on validation patches.</summary>
    public required double ValidationLoss { get; init; }

    /// <summary>Dice of validation patches per foreground class or region, summed over the epoch's patches; null where it never occurred.</summary>
    public required IReadOnlyList<double?> ValidationDice { get; init; }

    /// <summary>Moving average (0.9) of the mean validation Dice; the checkpoint with the best one is kept.</summary>
    public required double MovingAverageDice { get; init; }

    /// <summary>Learning rate during this epoch.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Duration of the epoch in seconds.</summary>
    public required double Seconds { get; init; }

    /// <summary>Creates the record of the epoch that a loop has just validated.</summary>
    internal static TrainingEpoch Of(
        TrainingState state, TrainingOptions options, double learningRate, double validationLoss, IReadOnlyList<double?> dice, double average) => new()
        {
            Epoch = state.Epoch,
            TrainingLoss = state.LossSum / options.IterationsPerEpoch,
            ValidationLoss = validationLoss,
            ValidationDice = dice,
            MovingAverageDice = average,
            LearningRate = learningRate,
            Seconds = state.Seconds,
        };
}

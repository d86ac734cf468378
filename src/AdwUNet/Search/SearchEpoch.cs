using System.Text.Json.Serialization;
using AdwUNet.Architectures;
using AdwUNet.Networks;

namespace AdwUNet.Search;

/// <summary>The record of one search epoch; one line of a run's <c>history.jsonl</c>.</summary>
public sealed record SearchEpoch
{
    /// <summary>0-based index.</summary>
    public required int Epoch { get; init; }

    /// <summary>Mean loss of the weight steps, or of those that train weights and architecture together.</summary>
    public required double WeightLoss { get; init; }

    /// <summary>Mean loss of the steps that train the architecture, half A's and half B's; null during warm-up, which has none.</summary>
    public required double? ArchitectureLoss { get; init; }

    /// <summary>Mean loss on validation patches.</summary>
    public required double ValidationLoss { get; init; }

    /// <summary>Dice of validation patches per foreground class or region, summed over the epoch's patches; null where it never occurred.</summary>
    public required IReadOnlyList<double?> ValidationDice { get; init; }

    /// <summary>Learning rate of the weights during this epoch.</summary>
    public required double WeightLearningRate { get; init; }

    /// <summary>Gumbel-softmax temperature during this epoch.</summary>
    public required double Temperature { get; init; }

    /// <summary>Duration of the epoch in seconds.</summary>
    public required double Seconds { get; init; }

    /// <summary>Alphas and betas after the epoch.</summary>
    public required ArchitectureLogits Logits { get; init; }

    /// <summary>The decoded architecture as text: <c>[[48, 48], [80, 80, 96], ...]</c>, or depths for AdU-Net.</summary>
    public required string Architecture { get; init; }

    /// <summary>The <see cref="ExpectedCost"/> after the epoch; null without a budget.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? ExpectedCost { get; init; }

    /// <summary>The multiplier of the expected cost after the epoch; null without a budget.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Multiplier { get; init; }

    /// <summary>Creates the record of the epoch that a loop has just validated.</summary>
    internal static SearchEpoch Of(
        SearchState state, SearchOptions options, Supernet supernet, MixedLevelOptimizer optimizer, double validationLoss, IReadOnlyList<double?> dice) => new()
        {
            Epoch = state.Epoch,
            WeightLoss = state.WeightLossSum / options.IterationsPerEpoch,
            ArchitectureLoss = state.Epoch >= options.WarmUpEpochs ? state.ArchitectureLossSum / options.IterationsPerEpoch : null,
            ValidationLoss = validationLoss,
            ValidationDice = dice,
            WeightLearningRate = optimizer.WeightLearningRate,
            Temperature = supernet.Choice.Temperature,
            Seconds = state.Seconds,
            Logits = supernet.Logits(),
            Architecture = supernet.Decode().ToString(),
            ExpectedCost = optimizer.Penalty?.Expected(),
            Multiplier = optimizer.Penalty?.Multiplier,
        };
}

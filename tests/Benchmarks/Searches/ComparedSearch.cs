using System.Text.Json.Nodes;
using AdwUNet.Architectures;
using AdwUNet.Evaluation;
using AdwUNet.Networks;
using AdwUNet.Search;
using AdwUNet.Training;

namespace AdwUNet.Benchmarks.Searches;

/// <summary>One search of the comparison, in a folder of its own.</summary>
/// <param name="Order">What its steps learn from.</param>
/// <param name="Precision">How it computes.</param>
/// <param name="Seed">Decides every random number.</param>
internal sealed record ComparedSearch(MixedLevelOrder Order, Precision Precision, ulong Seed)
{
    // As that of a training, which keeps the best weights by it.
    private const double Decay = 0.9;
    private const int LastEpochs = 5;

    /// <summary>Both orders with each seed, and the published one with the first in float32: first what belongs to the first seed.</summary>
    public static IReadOnlyList<ComparedSearch> All { get; } =
    [
        new(MixedLevelOrder.Published, Precision.BFloat16, 1),
        new(MixedLevelOrder.Joint, Precision.BFloat16, 1),
        new(MixedLevelOrder.Published, Precision.Float32, 1),
        new(MixedLevelOrder.Published, Precision.BFloat16, 2),
        new(MixedLevelOrder.Joint, Precision.BFloat16, 2),
        new(MixedLevelOrder.Published, Precision.BFloat16, 3),
        new(MixedLevelOrder.Joint, Precision.BFloat16, 3),
    ];

    /// <summary>What it is called, and its folder.</summary>
    public string Name => $"{Order}-{Precision}-seed{Seed}".ToLowerInvariant();

    /// <summary>Its epochs, once it is finished.</summary>
    public IReadOnlyList<SearchEpoch> History { get; private set; } = [];

    /// <summary>What the precision came to on the machine where it began.</summary>
    public string Arithmetic { get; private set; } = "";

    public double Minutes => History.Sum(epoch => epoch.Seconds) / 60;

    /// <summary>Moving average of the validation loss, from the first epoch to the last.</summary>
    public double Loss => MovingAverage(epoch => epoch.ValidationLoss);

    /// <summary>The same of the mean validation Dice.</summary>
    public double Dice => MovingAverage(MeanDice);

    /// <summary>The mean validation Dice of the last epochs.</summary>
    public double LastDice => History.TakeLast(LastEpochs).Average(MeanDice);

    /// <summary>What every block and every convolution of the supernet decided: the index of its largest logit.</summary>
    public IReadOnlyList<int> Decisions =>
    [
        .. History[^1].Logits.Blocks.SelectMany(block => block.Alphas.Prepend(block.Betas)).Where(logits => logits.Count > 0)
            .Select(logits => logits.Select((logit, i) => (logit, i)).MaxBy(pair => pair.logit).i),
    ];

    /// <summary>The share of decisions that two searches agree in.</summary>
    public double Agreement(ComparedSearch other) => Decisions.Zip(other.Decisions).Average(pair => pair.First == pair.Second ? 1.0 : 0);

    /// <summary>The agreement that two searches would have which decide by lot.</summary>
    public double Chance => History[^1].Logits.Blocks.SelectMany(block => block.Alphas.Prepend(block.Betas)).Where(logits => logits.Count > 0).Average(logits => 1.0 / logits.Count);

    /// <summary>Keeps what a finished search left.</summary>
    public void Read(string folder, IReadOnlyList<SearchEpoch> history)
    {
        History = history;
        Arithmetic = (string?)JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "config.json")))!["machine"]!["arithmetic"] ?? "";
    }

    private static double MeanDice(SearchEpoch epoch) => epoch.ValidationDice.Average() ?? 0;

    private double MovingAverage(Func<SearchEpoch, double> value) =>
        History.Skip(1).Aggregate(value(History[0]), (average, epoch) => (Decay * average) + ((1 - Decay) * value(epoch)));
}

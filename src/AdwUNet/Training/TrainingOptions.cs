using System.Text.Json.Serialization;
using AdwUNet.Augmentation;
using AdwUNet.Networks;
using AdwUNet.Sampling;

namespace AdwUNet.Training;

/// <summary>How a network is trained; the defaults are nnU-Net v1's (trainer V2).</summary>
public sealed record TrainingOptions
{
    /// <summary>Number of epochs.</summary>
    public int Epochs { get; init; } = 1000;

    /// <summary>Steps per epoch.</summary>
    public int IterationsPerEpoch { get; init; } = 250;

    /// <summary>Validation batches per epoch.</summary>
    public int ValidationIterations { get; init; } = 50;

    /// <summary>Initial learning rate of the polynomial decay, or the largest of <see cref="Schedule"/>.</summary>
    public double LearningRate { get; init; } = 1e-2;

    /// <summary>How the learning rate changes from step to step; nnU-Net's polynomial decay from epoch to epoch when null.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public LearningRateSchedule? Schedule { get; init; }

    /// <summary>Momentum.</summary>
    public double Momentum { get; init; } = 0.99;

    /// <summary>Weight decay.</summary>
    public double WeightDecay { get; init; } = 3e-5;

    /// <summary>Largest norm of the gradient of a step.</summary>
    public double GradientClip { get; init; } = 12;

    /// <summary>How much of the moving average of the weights stays each step, such as 0.99; the average is then validated and kept. 0: no average.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public double WeightAveraging { get; init; }

    /// <summary>How much of the moving average of the validation Dice stays each epoch.</summary>
    public double MovingAverageDecay { get; init; } = 0.9;

    /// <summary>
    /// How exactly the network computes: float32, bfloat16 (several times faster on a CPU with AVX512-BF16), or auto, which is bfloat16 where
    /// the processor is faster with it. <c>config.json</c> records the effective precision.
    /// </summary>
    public Precision Precision { get; init; } = Precision.Float32;

    /// <summary>The convolution unit; the published one when null.</summary>
    public UnitFactory? Unit { get; init; }

    /// <summary>The loss of one resolution; when null, the published sum of Dice and cross-entropy, or nnU-Net v2's where the dataset has regions.</summary>
    public SegmentationLoss? Loss { get; init; }

    /// <summary>The optimizer; SGD with Nesterov momentum when null. Another one ignores <see cref="Momentum"/> and <see cref="WeightDecay"/>.</summary>
    public OptimizerFactory? Optimizer { get; init; }

    /// <summary>How patches are drawn and augmented.</summary>
    public SamplingOptions Sampling { get; init; } = new() { Augmentation = AugmentationOptions.Default };

    /// <summary>The seed of initial weights, batches and augmentation.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Checks the values.</summary>
    /// <exception cref="RunException">A number of epochs or iterations below 1, or a rate or clip that is not above 0, or a share outside 0 to 1.</exception>
    public void Validate()
    {
        if (Epochs < 1 || IterationsPerEpoch < 1 || ValidationIterations < 1)
        {
            throw new RunException(
                $"A training of {Epochs} epochs × {IterationsPerEpoch} iterations with {ValidationIterations} validation iterations cannot run: "
                + "Epochs, IterationsPerEpoch and ValidationIterations are at least 1.");
        }

        RunException.RequirePositive("training", nameof(LearningRate), LearningRate);
        RunException.RequirePositive("training", nameof(GradientClip), GradientClip);
        RunException.RequireStep("training", Momentum, WeightDecay);
        RunException.RequireBetween("training", nameof(MovingAverageDecay), MovingAverageDecay, 0, 1);
        RunException.RequireBetween("training", nameof(WeightAveraging), WeightAveraging, 0, 1);
        Schedule?.Validate();
    }

    /// <summary>The learning rate of a step.</summary>
    internal double LearningRateAt(int epoch, int iteration) => Schedule is null ? new PolynomialDecay(LearningRate, Epochs).At(epoch)
        : LearningRate * Schedule.At((epoch + ((double)iteration / IterationsPerEpoch)) / Epochs);
}

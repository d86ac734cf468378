using System.Text.Json.Serialization;
using AdwUNet.Augmentation;
using AdwUNet.Networks;
using AdwUNet.Sampling;
using AdwUNet.Training;

namespace AdwUNet.Search;

/// <summary>How a search runs; the defaults are the published ones (paper section 4.1 and the authors' code).</summary>
public sealed record SearchOptions
{
    /// <summary>Number of epochs.</summary>
    public int Epochs { get; init; } = 250;

    /// <summary>Weight steps per epoch.</summary>
    public int IterationsPerEpoch { get; init; } = 250;

    /// <summary>Validation batches per epoch.</summary>
    public int ValidationIterations { get; init; } = 50;

    /// <summary>Epochs that train weights only.</summary>
    public int WarmUpEpochs { get; init; } = 100;

    /// <summary>Initial learning rate of the weights (SGD with Nesterov momentum, polynomial decay).</summary>
    public double WeightLearningRate { get; init; } = 1e-2;

    /// <summary>Momentum of the weights.</summary>
    public double Momentum { get; init; } = 0.99;

    /// <summary>Weight decay of the weights.</summary>
    public double WeightDecay { get; init; } = 3e-5;

    /// <summary>Learning rate of alphas and betas (Adam without weight decay).</summary>
    public double ArchitectureLearningRate { get; init; } = 4e-4;

    /// <summary>Largest norm of the gradient of a step.</summary>
    public double GradientClip { get; init; } = 12;

    /// <summary>
    /// Whether the norm counts the gradients that the frozen parameters kept from their own last step, as the published code does; an
    /// architecture step is then scaled down by them. Otherwise only the gradients of the trained parameters are clipped.
    /// </summary>
    public bool ClipStaleGradients { get; init; } = true;

    /// <summary>Whether an iteration is three steps, as published, or two, of which one trains weights and architecture together.</summary>
    public MixedLevelOrder Order { get; init; } = MixedLevelOrder.Published;

    /// <summary>
    /// Whether the weights learn from half A, as the paper's text says (section 4.1), instead of half B, as the authors' code does. The order of the
    /// steps stays: alphas and betas on A and on B, then the weights.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool WeightsLearnFromA { get; init; }

    /// <summary>Initial Gumbel-softmax temperature.</summary>
    public double Temperature { get; init; } = 5;

    /// <summary>The factor of the temperature after each epoch with architecture steps.</summary>
    public double TemperatureFactor { get; init; } = 0.97;

    /// <summary>Whether the temperature falls after each epoch of the warm-up too, as the paper's text says (section 4.1); not so in the authors' code.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool AnnealsInWarmUp { get; init; }

    /// <summary>Whether validation draws Gumbel noise too, as the published code does. Without noise, its curve is smoother.</summary>
    public bool NoiseInValidation { get; init; } = true;

    /// <summary>
    /// How exactly the network computes: float32, bfloat16 (several times faster on a CPU with AVX512-BF16), or auto, which is bfloat16 where
    /// the processor is faster with it. <c>config.json</c> records the effective precision.
    /// </summary>
    public Precision Precision { get; init; } = Precision.Float32;

    /// <summary>The convolution unit; the published one when null.</summary>
    public UnitFactory? Unit { get; init; }

    /// <summary>How alphas and betas weigh options; the published Gumbel-softmax when null.</summary>
    public Relaxation? Relaxation { get; init; }

    /// <summary>The loss of one resolution; when null, the published sum of Dice and cross-entropy, or nnU-Net v2's where the dataset has regions.</summary>
    public SegmentationLoss? Loss { get; init; }

    /// <summary>
    /// The optimizer of the weights; SGD with Nesterov momentum when null. Another one ignores <see cref="Momentum"/> and <see cref="WeightDecay"/>.
    /// </summary>
    public OptimizerFactory? WeightOptimizer { get; init; }

    /// <summary>The optimizer of alphas and betas; Adam when null.</summary>
    public OptimizerFactory? ArchitectureOptimizer { get; init; }

    /// <summary>The budget of the derived network; null for the published search, which has none.</summary>
    public Budget? Budget { get; init; }

    /// <summary>How patches are drawn and augmented.</summary>
    public SamplingOptions Sampling { get; init; } = new() { Augmentation = AugmentationOptions.Default };

    /// <summary>The seed of initial weights, batches, augmentation and noise.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Checks the values.</summary>
    /// <exception cref="RunException">A number of epochs or iterations below 1, or a warm-up as long as the search, weights on half A in the joint
    /// order, a rate, clip or temperature that is not above 0, or a share outside 0 to 1.</exception>
    public void Validate()
    {
        if (Epochs < 1 || IterationsPerEpoch < 1 || ValidationIterations < 1 || WarmUpEpochs < 0 || WarmUpEpochs >= Epochs)
        {
            throw new RunException(
                $"A search of {Epochs} epochs × {IterationsPerEpoch} iterations with {WarmUpEpochs} warm-up epochs and {ValidationIterations} validation iterations cannot run: "
                + "Epochs, IterationsPerEpoch and ValidationIterations are at least 1, WarmUpEpochs at least 0 and below Epochs.");
        }

        if (WeightsLearnFromA && Order == MixedLevelOrder.Joint)
            throw new RunException("WeightsLearnFromA was asked for with the order Joint, whose weights learn from half B; leave one of them out.");

        foreach (var (name, value) in new[]
        {
            (nameof(WeightLearningRate), WeightLearningRate), (nameof(ArchitectureLearningRate), ArchitectureLearningRate),
            (nameof(GradientClip), GradientClip), (nameof(Temperature), Temperature), (nameof(TemperatureFactor), TemperatureFactor),
        })
        {
            RunException.RequirePositive("search", name, value);
        }

        RunException.RequireStep("search", Momentum, WeightDecay);
    }
}

/// <summary>What the steps of a search iteration after the warm-up learn from.</summary>
public enum MixedLevelOrder
{
    /// <summary>
    /// As the authors' code: an architecture step on a batch of half A, one on a batch of half B, then a weight step on another batch of B; each
    /// step sees what the one before it changed.
    /// </summary>
    Published,

    /// <summary>
    /// Not published, and one forward and backward pass shorter: an architecture step on a batch of half A, then one step on a batch of half B
    /// whose single backward pass serves weights, alphas and betas. It differs in that half B's architecture step and the weight step share
    /// their batch and their Gumbel noise, that the weight step does not see what this architecture step changed, and that B is used up half
    /// as fast. How a step is clipped stays: by one norm over all parameters, or, without
    /// <see cref="SearchOptions.ClipStaleGradients"/>, weights and architecture each by their own.
    /// </summary>
    Joint,
}

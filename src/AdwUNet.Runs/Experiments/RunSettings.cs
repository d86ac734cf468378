using System.Text.Json.Serialization;
using AdwUNet.Architectures;
using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Prediction;
using AdwUNet.Runs;
using AdwUNet.Search;
using AdwUNet.Training;

namespace AdwUNet.Experiments;

/// <summary>
/// Everything that describes one run of a grid, except dataset, fold and seed. A variant changes any of it:
/// <c>e => e with { Space = e.Space with { MaxDepth = 4 } }</c>.
/// </summary>
public sealed record RunSettings
{
    /// <summary>The search space.</summary>
    public required SearchSpace Space { get; init; }

    /// <summary>Where the architecture comes from: a search of <see cref="Space"/>, or no search.</summary>
    public ArchitectureSource Architecture { get; init; } = ArchitectureSource.Search;

    /// <summary>The search. The grid sets its seed.</summary>
    public required SearchOptions Search { get; init; }

    /// <summary>
    /// The budget of the search: FLOPs as a share of those of nnU-Net's manual network (<see cref="ArchitectureSource.Manual"/>), which only the plan tells.
    /// Null leaves <see cref="SearchOptions.Budget"/> as it is.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public double? FlopsOfManual { get; init; }

    /// <summary>The training of the network. The grid sets its seed.</summary>
    public required TrainingOptions Training { get; init; }

    /// <summary>
    /// Whether the training starts from the supernet's weights (<see cref="SupernetWeights"/>) instead of random ones. Runs without a search always start from random
    /// ones.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool StartsFromSupernet { get; init; }

    /// <summary>How patch, spacing and network are planned. Runs with another planner use preprocessed cases of their own.</summary>
    public required PlannerOptions Planner { get; init; }

    /// <summary>How the scans of the fold are segmented.</summary>
    public required PredictionOptions Prediction { get; init; }

    /// <summary>See <see cref="Profile.MonitorEvery"/>.</summary>
    public required int MonitorEvery { get; init; }

    /// <summary>
    /// Whether a run segments the training cases that monitor it instead of the fold's validation cases: for choosing settings, which must not see the latter.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool EvaluatesMonitor { get; init; }

    /// <summary>Which weights of the training are evaluated.</summary>
    public required string WeightsFile { get; init; }

    /// <summary>The convolution unit of search and training; the published one when null.</summary>
    [JsonIgnore]
    public UnitFactory? Unit
    {
        get => Training.Unit;
        init => (Search, Training) = (Search with { Unit = value }, Training with { Unit = value });
    }

    /// <summary>The loss of search and training; the published one when null.</summary>
    [JsonIgnore]
    public SegmentationLoss? Loss
    {
        get => Training.Loss;
        init => (Search, Training) = (Search with { Loss = value }, Training with { Loss = value });
    }

    /// <summary>The precision of search and training.</summary>
    [JsonIgnore]
    public Precision Precision
    {
        get => Training.Precision;
        init => (Search, Training) = (Search with { Precision = value }, Training with { Precision = value });
    }

    /// <summary>A run at a profile's size.</summary>
    /// <param name="profile">The profile.</param>
    /// <param name="family">What the search adapts.</param>
    public static RunSettings Of(Profile profile, Family family = Family.AdwUNet) => new()
    {
        Space = profile.Space(family),
        Search = (profile.SearchInGrid ?? profile.Search) with { Seed = 1 },
        Training = (profile.TrainingInGrid ?? profile.Training) with { Seed = 1 },
        StartsFromSupernet = profile.StartsFromSupernet,
        Planner = profile.Planner,
        Prediction = profile.PredictionInGrid ?? profile.Prediction,
        MonitorEvery = profile.MonitorEvery,
        WeightsFile = profile.WeightsFile,
    };

    /// <summary>Whether the run searches.</summary>
    [JsonIgnore]
    internal bool Searches => Architecture == ArchitectureSource.Search;

    /// <summary>The iterations of search and training.</summary>
    [JsonIgnore]
    internal int Iterations => SearchIterations + (Training.Epochs * Training.IterationsPerEpoch);

    /// <summary>The iterations of the search; 0 without one.</summary>
    [JsonIgnore]
    internal int SearchIterations => Searches ? Search.Epochs * Search.IterationsPerEpoch : 0;

    /// <summary>The same with the seed of a run. A grid does this for each of its runs.</summary>
    /// <param name="seed">The seed of search and training.</param>
    public RunSettings WithSeed(int seed)
    {
        var number = unchecked((ulong)seed);
        return this with { Search = Search with { Seed = number }, Training = Training with { Seed = number } };
    }

    /// <summary>The options of the search on a plan.</summary>
    /// <param name="plan">Patch, batch and kernels, from which the FLOPs follow.</param>
    public SearchOptions SearchOn(Plan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return FlopsOfManual is { } share
            ? Search with { Budget = Budget.Flops(share * NetworkCost.Of(ArchitectureSource.ManualAt(Space, plan.PoolCount), plan).ForwardFlops) }
            : Search;
    }

    /// <summary>Checks the values that can be checked without a dataset.</summary>
    /// <exception cref="AdwUNetException">One is out of range; the message names it.</exception>
    internal void Validate()
    {
        Space.Validate();
        Training.Validate();
        if (EvaluatesMonitor && MonitorEvery == 0)
        {
            throw new ExperimentException("EvaluatesMonitor was asked for where the fold's validation cases monitor the run; set MonitorEvery to 2 or more.");
        }

        if (FlopsOfManual is { } share && (!(share > 0) || Search.Budget is not null || !Searches))
        {
            throw new ExperimentException(
                $"FlopsOfManual is {share}; it must be above 0, and is for runs that search and have no Search.Budget.");
        }

        if (Searches)
        {
            Search.Validate();
        }
    }
}

using AdwUNet.Architectures;
using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Prediction;
using AdwUNet.Runs;
using AdwUNet.Sampling;
using AdwUNet.Search;
using AdwUNet.Training;

namespace AdwUNet.Experiments;

/// <summary>
/// What the paper's protocol on a task takes, counted before it is run: a search on all training cases, five trainings, the segmentation of each fold's
/// validation cases, and that of the test set by all five networks. Operations are those of convolutions (<see cref="NetworkCost"/>).
/// </summary>
/// <param name="Search">Operations of the search; 0 without one.</param>
/// <param name="Training">Operations of the five trainings.</param>
/// <param name="Segmentation">Operations of all segmentations of scans of the median shape.</param>
/// <param name="Bytes">Memory of the largest step in float32, network and optimizer included.</param>
public sealed record RunEstimate(double Search, double Training, double Segmentation, double Bytes)
{
    /// <summary>All operations.</summary>
    public double Operations => Search + Training + Segmentation;

    /// <summary>Estimates the protocol.</summary>
    /// <param name="settings">Search, training and prediction.</param>
    /// <param name="plan">The plan of the cases.</param>
    /// <param name="network">The network that is trained; null if it is searched. Then the largest network of the space is counted, which is an upper bound.</param>
    /// <param name="cases">Number of labelled cases.</param>
    /// <param name="testCases">Number of test cases.</param>
    public static RunEstimate Of(RunSettings settings, Plan plan, Architecture? network, int cases, int testCases)
    {
        var trained = network ?? Largest(settings.Space, plan.PoolCount);
        var memory = StepBytes(trained, settings.Training.Sampling.SizesOf(plan));
        if (network is null)
        {
            var ofSearch = settings.Search.Sampling.SizesOf(plan);
            memory = Math.Max(memory, StepMemory.BytesOf(NetworkCost.Of(settings.Space, ofSearch), ofSearch));
        }

        return new(
            network is null ? OfSearch(settings.Search, settings.Space, plan) : 0,
            Splits.FoldCount * OfTraining(settings.Training, trained, plan),
            (cases + (Splits.FoldCount * testCases)) * OfScan(settings.Prediction, trained, plan),
            memory);
    }

    /// <summary>Memory of a training step in float32 without recomputation, network and optimizer included.</summary>
    /// <param name="network">The network.</param>
    /// <param name="plan">Patch and batch.</param>
    public static double StepBytes(Architecture network, Plan plan) => StepMemory.BytesOf(NetworkCost.Of(network, plan), plan);

    /// <summary>Operations of a search in the published order of its steps: a weight step each iteration, after the warm-up two architecture steps as well.</summary>
    /// <param name="options">The search.</param>
    /// <param name="space">The search space.</param>
    /// <param name="plan">The plan of the cases.</param>
    public static double OfSearch(SearchOptions options, SearchSpace space, Plan plan)
    {
        var cost = NetworkCost.Of(space, options.Sampling.SizesOf(plan));
        double weightSteps = options.Epochs * options.IterationsPerEpoch;
        double architectureSteps = 2 * (options.Epochs - options.WarmUpEpochs) * options.IterationsPerEpoch;
        return (weightSteps * cost.WeightStepFlops) + (architectureSteps * cost.ArchitectureStepFlops) + ((double)options.Epochs * options.ValidationIterations * cost.ForwardFlops);
    }

    /// <summary>Operations of one training.</summary>
    /// <param name="options">The training.</param>
    /// <param name="network">The network.</param>
    /// <param name="plan">The plan of the cases.</param>
    public static double OfTraining(TrainingOptions options, Architecture network, Plan plan)
    {
        var cost = NetworkCost.Of(network, options.Sampling.SizesOf(plan));
        return (double)options.Epochs * ((options.IterationsPerEpoch * (double)cost.WeightStepFlops) + (options.ValidationIterations * (double)cost.ForwardFlops));
    }

    /// <summary>Operations of the segmentation of a scan of the median shape by one network.</summary>
    /// <param name="options">Steps of the sliding window, and mirroring.</param>
    /// <param name="network">The network.</param>
    /// <param name="plan">The plan of the cases.</param>
    public static double OfScan(PredictionOptions options, Architecture network, Plan plan)
    {
        var padded = PatchPadding.For(plan.MedianShape, plan.PatchSize).Shape;
        var tiles = TileGrid.Origins(plan.PatchSize, padded, options.StepSize).Count;
        return tiles * Math.Pow(2, options.MirrorAxes.Count) * NetworkCost.Of(network, plan with { BatchSize = 1 }).ForwardFlops;
    }

    private static Architecture Largest(SearchSpace space, int poolCount)
    {
        IReadOnlyList<int>[] blocks = [.. space.BlockWidths(poolCount).Select(width => (IReadOnlyList<int>)[.. Enumerable.Repeat(width, space.MaxDepth)])];
        return Architecture.FromWidths(blocks, space.Family);
    }
}

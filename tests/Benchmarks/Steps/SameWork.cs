using AdwUNet.Architectures;
using AdwUNet.Benchmarks.Plain;
using AdwUNet.Imaging;
using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Sampling;
using AdwUNet.Search;
using AdwUNet.Training;
using static TorchSharp.torch;

namespace AdwUNet.Benchmarks.Steps;

/// <summary>Whether transcription and library do the same work: from equal weights, without noise, small networks take equal steps.</summary>
internal static class SameWork
{
    // Sums in another order; a fault in one of the two would change the first digit.
    private const double Tolerance = 1e-3;

    /// <summary>Compares the losses of a few steps of each family.</summary>
    /// <returns>The largest relative difference.</returns>
    /// <exception cref="InvalidOperationException">They differ by more than rounding.</exception>
    public static double Check()
    {
        var largest = Enum.GetValues<Family>().Max(Difference);
        return largest <= Tolerance
            ? largest
            : throw new InvalidOperationException($"The transcription's losses differ from the library's by {largest:0e0}: they do not do the same work, so their times cannot be compared.");
    }

    private static double Difference(Family family)
    {
        using var scope = NewDisposeScope();
        var space = SearchSpace.Published(family) with { BaseWidth = 6, MaxWidth = 48 };
        var plan = Hippocampus.Plan with { PatchSize = Shape3.Cube(16) };
        using var batch = Hippocampus.Batch(plan);
        using var supernet = new Supernet(plan, space) { Precision = Precision.Float32 };
        var loss = new DeepSupervision(new DiceCrossEntropyLoss(plan.BatchDice), DeepSupervision.Weights(plan.PoolCount));
        using var library = new MixedLevelOptimizer(supernet, loss, new SearchOptions());
        using var plain = new PlainSearch(plan, space);
        plain.Network.Choice.Noise = false;
        supernet.Choice.Temperature = plain.Network.Choice.Temperature;
        var weights = plain.Network.state_dict();
        using (no_grad())
        {
            foreach (var (name, tensor) in supernet.state_dict())
            {
                weights[name].copy_(tensor);
            }
        }

        (double Library, double Plain)[] losses =
        [
            (library.WeightStep(batch.Image, batch.Targets), plain.WeightStep(batch.Image, batch.Targets)),
            (library.ArchitectureStep(batch.Image, batch.Targets), plain.ArchitectureStep(batch.Image, batch.Targets)),
            (library.WeightStep(batch.Image, batch.Targets), plain.WeightStep(batch.Image, batch.Targets)),
        ];
        return losses.Max(pair => Math.Abs(pair.Library - pair.Plain) / Math.Abs(pair.Plain));
    }
}

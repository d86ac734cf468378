using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Preprocessing;
using AdwUNet.Sampling;
using static TorchSharp.torch;

namespace AdwUNet.Training;

/// <summary>The loss and online Dice of a network on random patches of the validation cases.</summary>
/// <param name="Cases">The cases.</param>
/// <param name="Plan">Patch and batch size, classes or regions, ignore label.</param>
/// <param name="Sampling">The loop's sampling options; augmentation is ignored.</param>
/// <param name="Seed">The run's seed.</param>
/// <param name="Stream">The name of the batches' random numbers.</param>
/// <param name="Iterations">Batches per epoch.</param>
/// <param name="Device">The network's device.</param>
/// <param name="LoaderThreads">Threads that prepare batches.</param>
internal sealed record PatchValidation(
    IReadOnlyList<IPreprocessedCase> Cases,
    Plan Plan,
    SamplingOptions Sampling,
    ulong Seed,
    string Stream,
    int Iterations,
    Device Device,
    int LoaderThreads)
{
    /// <summary>Runs the batches of one epoch.</summary>
    /// <param name="state">The position of the loop. Each epoch has its own batches.</param>
    /// <param name="network">The network to validate.</param>
    /// <param name="loss">The loss to average.</param>
    /// <param name="beforeBatch">Called before each batch with its number, which is unique in the run.</param>
    /// <returns>The mean loss, and Dice per foreground class or region.</returns>
    /// <exception cref="NumericalException">The loss is not a finite number.</exception>
    public (double Loss, IReadOnlyList<double?> Dice) Run(
        ILoopState state, SegmentationNetwork network, DeepSupervision loss, Action<long> beforeBatch)
    {
        network.eval(); // a unit of your own may have dropout
        try
        {
            return Batches(state, network, loss, beforeBatch);
        }
        finally
        {
            network.train();
        }
    }

    private (double Loss, IReadOnlyList<double?> Dice) Batches(
        ILoopState state, SegmentationNetwork network, DeepSupervision loss, Action<long> beforeBatch)
    {
        using var noGrad = no_grad();
        var first = (long)state.Epoch * Iterations;
        var plain = Sampling with { Augmentation = null };
        using var loader = new BatchLoader(Cases, Plan, plain, Seed, Stream, first, LoaderThreads, device: Device);
        var dice = new OnlineDice(Plan);
        var sum = 0.0;
        for (var i = 0; i < Iterations; i++)
        {
            beforeBatch(first + i);
            using var scope = NewDisposeScope();
            using var batch = loader.Next();
            var logits = network.forward(batch.Image);
            var value = loss.Forward(logits, batch.Targets).item<float>();
            if (!float.IsFinite(value))
            {
                // Without this check, a network of NaN would have a Dice: its arg-max is a valid class.
                var finding = NumericalFinding.OfForward(batch.Image, network, sample => loader.CaseOf(loader.Position - 1, sample));
                throw new NumericalException(finding, state, inValidation: true);
            }

            sum += value;
            dice.Add(logits[0], batch.Targets[0]);
        }

        return (sum / Iterations, dice.PerClass);
    }
}

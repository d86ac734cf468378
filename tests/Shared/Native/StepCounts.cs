using AdwUNet.Architectures;
using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Sampling;
using AdwUNet.Search;
using AdwUNet.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AdwUNet.Native;

/// <summary>What a step asks of libtorch, counted in its dispatcher. On a GPU, every operation is at least one kernel.</summary>
/// <param name="Operations">Operations that compute or copy.</param>
/// <param name="Reads">
/// Times at which the host reads a number that the device has just been asked for, and waits. The CPU's kernel of Adam reads the number of the step once for each
/// parameter, from its own memory; that is not counted.
/// </param>
/// <param name="Copies">Copies from the host to the device, beside the batch.</param>
internal sealed record StepCounts(int Operations, int Reads, long Copies)
{
    /// <summary>Counts a step of the library on the weights, or on alphas and betas, as on a GPU.</summary>
    public static StepCounts OfLibrary(Supernet network, Batch batch, bool isOnWeights)
    {
        try
        {
            StepNumbers.ActsAsOnDevice = true;
            using var optimizer = new MixedLevelOptimizer(network, DeepSupervision.Of(network.Plan), new SearchOptions());
            return Second(network, () => (isOnWeights ? optimizer.StartWeightStep(batch.Image, batch.Targets) : optimizer.StartArchitectureStep(batch.Image, batch.Targets)).Dispose());
        }
        finally
        {
            StepNumbers.ActsAsOnDevice = false;
        }
    }

    /// <summary>Counts the same step with TorchSharp's clipping and optimizers, and the loss read at once.</summary>
    public static StepCounts OfTorchSharp(Supernet network, Batch batch, bool isOnWeights)
    {
        var named = network.named_parameters().ToArray();
        var stepped = named.Where(p => Supernet.IsArchitecture(p.name) != isOnWeights).Select(p => p.parameter).ToArray();
        using OptimizerHelper optimizer = isOnWeights ? optim.SGD(stepped, 1e-2, 0.99, weight_decay: 3e-5, nesterov: true) : optim.Adam(stepped, 4e-4);
        var loss = DeepSupervision.Of(network.Plan);
        foreach (var (name, parameter) in named)
        {
            parameter.requires_grad = Supernet.IsArchitecture(name) != isOnWeights;
        }

        return Second(network, () =>
        {
            using var value = network.Backward(batch.Image, logits => loss.Forward(logits, batch.Targets));
            nn.utils.clip_grad_norm_(network.parameters(), 12);
            optimizer.step();
            value.item<float>();
        });
    }

    // The first step makes gradients and the optimizer's state.
    private static StepCounts Second(Supernet network, Action step)
    {
        network.Choice.Noise = GumbelNoise.Seeded(1, 0);
        step();
        network.Choice.Noise = GumbelNoise.Seeded(1, 1);
        var copies = JointDraw.Copies;
        using var scope = NewDisposeScope();
        using var counter = new OperationCounter();
        step();
        return new(OperationCounter.All, OperationCounter.Of("_local_scalar_dense") - (OperationCounter.Of("_fused_adam_") * network.ArchitectureParameters.Count), JointDraw.Copies - copies);
    }
}

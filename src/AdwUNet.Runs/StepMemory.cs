using AdwUNet.Architectures;
using AdwUNet.Imaging;
using AdwUNet.Networks;
using AdwUNet.Planning;
using static TorchSharp.torch;

namespace AdwUNet.Runs;

/// <summary>The memory of a step on one batch: an estimate, and the sentence for when there is not enough.</summary>
/// <param name="plan">Patch and batch.</param>
/// <param name="costOf">The network's cost with another plan's patch and batch.</param>
/// <param name="kind">What runs: search or training.</param>
internal sealed class StepMemory(Plan plan, Func<Plan, NetworkCost> costOf, string kind = "run")
{
    // Gradients of feature maps come and go while the maps that are kept wait for theirs, and convolutions want scratch memory.
    private const double PerActivation = 1.75 * sizeof(float);

    // Weights, gradients, and what an optimiser keeps of them.
    private const double PerWeight = 4 * sizeof(float);

    // Logits, softmax, log-softmax, one-hot truth, their product and two gradients, each a map per class; targets and index of 64 bits.
    private const double MapsPerClass = 7 * sizeof(float);
    private const double OtherPerVoxel = 4 * sizeof(long);

    // Memory lies in pieces, and the first steps of a process take more than the later ones.
    private const double Usable = 0.9;

    // Where memory is said to be there and was not, because another took it or it lies in pieces, less than it needed must do.
    private const double LessThanFailed = 0.5;

    private Func<NetworkCost, Plan, double> _bytesOf = BytesOf;
    private MemoryNeed? _need;

    /// <summary>The same for a network whose engine may know better how much memory it takes.</summary>
    public StepMemory For(EncoderDecoder network, Arithmetic arithmetic, Device device) =>
        new(plan, costOf, kind) { _bytesOf = (cost, sizes) => arithmetic.Engine?.StepBytes(network, cost, sizes, arithmetic.Precision, device) ?? BytesOf(cost, sizes) };

    /// <summary>Estimates the need on a card, and refuses what does not fit into it.</summary>
    /// <param name="device">The device.</param>
    /// <returns>Null on a CPU, where only a failed allocation tells.</returns>
    /// <exception cref="MemoryException">The card has too little memory; the message says which patch and batch would fit.</exception>
    public MemoryNeed? Require(Device device) =>
        CudaCard.Of(device) is { } card ? Require(card.Name, CudaCard.Memory(device).Free, card.MemoryBytes) : null;

    /// <summary>The same for a card.</summary>
    /// <exception cref="MemoryException">As above.</exception>
    public MemoryNeed Require(string card, double free, double total)
    {
        _need = new(kind, _bytesOf(costOf(plan), plan), card, free, total);
        return _need.IsTooMuch ? throw Fitting($"{_need}", null, Usable * total) : _need;
    }

    /// <summary>About how many bytes a step takes that keeps all activations in float32, the network included.</summary>
    public static double BytesOf(NetworkCost cost, Plan plan) =>
        (cost.Activations * PerActivation)
        + (cost.Weights * PerWeight)
        + ((double)plan.BatchSize * plan.PatchSize.Count * ((plan.OutputCount * MapsPerClass) + OtherPerVoxel));

    /// <summary>Does work of the step; when there is no memory for it, says what would fit.</summary>
    /// <exception cref="MemoryException">There is not enough memory.</exception>
    public T Guard<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception error) when (OutOfMemory.IsOfGpu(error) && _need is { } need)
        {
            var start = $"The GPU does not have enough memory for a step on {plan.BatchSize} patches of {plan.PatchSize}, although the estimate was: {need}";
            throw Fitting(start, error, need.Bytes * LessThanFailed);
        }
        catch (Exception error) when (OutOfMemory.IsOfGpu(error))
        {
            throw new MemoryException(
                $"The GPU does not have enough memory for a step on {plan.BatchSize} patches of {plan.PatchSize}; choose "
                    + $"a smaller batch or patch (BatchSize and PatchSize of the planner's options), or a narrower network.",
                error);
        }
        catch (Exception error) when (OutOfMemory.Is(error))
        {
            // Only now: what the work held is free again, the network and what the optimiser keeps are not.
            throw Explain(error, (Usable * OutOfMemory.FreeBytes()) + (costOf(plan).Weights * sizeof(float)));
        }
    }

    /// <summary>The sentence.</summary>
    /// <param name="error">What the library said.</param>
    /// <param name="budget">Bytes that a step, the network included, may take.</param>
    public MemoryException Explain(Exception error, double budget)
    {
        var needed = _bytesOf(costOf(plan), plan);
        budget = Math.Min(budget, needed * LessThanFailed);
        var start = $"There is not enough memory for a step on {plan.BatchSize} patches of {plan.PatchSize}: it "
            + $"takes about {OutOfMemory.Words(needed)}, and about {OutOfMemory.Words(budget)} is available";
        return Fitting(start, error, budget);
    }

    private MemoryException Fitting(string start, Exception? error, double budget) =>
        Fitting(budget) is var (patch, batch)
            ? new($"{start}; a patch of {patch} with a batch of {batch} would fit (PatchSize and BatchSize of the planner's options).", error, patch, batch)
            : new($"{start}; no patch of this network would fit: choose a narrower one, or a machine with more memory.", error);

    /// <summary>The largest batch of the same patch, or else the largest patch in a batch of two (of one, where that was it), within a budget.</summary>
    private (Shape3 Patch, int Batch)? Fitting(double budget)
    {
        var least = Math.Min(2, plan.BatchSize);
        for (var batch = plan.BatchSize; batch >= least; batch--)
        {
            if (Fits(plan with { BatchSize = batch }, budget))
            {
                return (plan.PatchSize, batch);
            }
        }

        // As planning does it: the axis that is largest relative to the median case gives way first.
        var smaller = plan with { BatchSize = least };
        while (true)
        {
            var axes = Enumerable.Range(0, 3).Where(axis => smaller.PatchSize[axis] > smaller.Divisor(axis)).ToArray();
            if (axes.Length == 0)
            {
                return null;
            }

            var axis = axes.MaxBy(axis => (double)smaller.PatchSize[axis] / smaller.MedianShape[axis]);
            smaller = smaller with { PatchSize = smaller.PatchSize.With(axis, smaller.PatchSize[axis] - (int)smaller.Divisor(axis)) };
            if (Fits(smaller, budget))
            {
                return (smaller.PatchSize, least);
            }
        }
    }

    private bool Fits(Plan candidate, double budget) => _bytesOf(costOf(candidate), candidate) <= budget;
}

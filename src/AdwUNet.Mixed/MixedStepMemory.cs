using AdwUNet.Architectures;
using AdwUNet.Networks;
using AdwUNet.Planning;

namespace AdwUNet.Mixed;

/// <summary>The memory of a step of this engine, from the cost model. tests/Benchmarks/MIXED.md has it beside what was measured on a CPU.</summary>
/// <param name="Weights">Bytes of weights, gradients and momenta.</param>
/// <param name="Kept">
/// Bytes that the forward pass keeps for the backward pass: the outputs of all convolutions and transposed convolutions, and the image, in the low type;
/// the logits of all resolutions with their copy and their gradients in float32.
/// </param>
/// <param name="Passing">The most that the loss, a convolution of the finest block, or its norm needs beside it.</param>
internal sealed record MixedStepMemory(long Weights, long Kept, long Passing)
{
    private const int WideBytes = 4; // float32
    private const int Copies = 3; // logits: what the loss reads, what it may change, the gradient
    private const int WeightCopies = 3; // weights, gradients, momenta
    private const int ChannelsOfBlock = 16; // oneDNN's layout, in which it copies what a convolution reads and writes

    // Maps per class and values of 64 bits per voxel that the loss of the finest resolution makes beside the copies above: softmax, log-softmax, truth, gradients.
    private const int LossMaps = 4;
    private const int LossIndices = 4;

    // The gradient, centred values, the activation, and a product of two; on a CPU also the cast of a 16-bit factor, which a kernel on a card makes as it reads.
    private const int PartsOfNorm = 4;
    private const int PartsOfNormCast = 5;

    // Maps of the finest block beside what is kept, at the first unit of the decoder's last block: the gradients of the block's and of the unit's output,
    // the joined input and its gradient (two maps each); less the units behind it, which are released.
    private const int MapsOfJoin = 6;
    private const int MapsOfUnit = 3; // at another unit: the gradient of the block's output, the unit's input and its gradient

    /// <summary>All bytes beside weights, gradients and momenta.</summary>
    public long Step => Kept + Passing;

    /// <summary>All bytes.</summary>
    public long All => Weights + Step;

    /// <summary>
    /// The estimate for a network of published units. A derived network's norms have no gradient of alphas, which changes nothing. On a card, the workspace that
    /// cuDNN takes is not included, nor what the allocator loses between blocks: neither has been measured.
    /// </summary>
    /// <param name="cost">The network's cost on a batch of the plan.</param>
    /// <param name="plan">Patch, batch and channels.</param>
    /// <param name="precision">The effective precision.</param>
    /// <param name="isOnCpu">Whether it computes on a CPU, where convolutions copy what they read and write; else on a card.</param>
    public static MixedStepMemory Of(NetworkCost cost, Plan plan, Precision precision, bool isOnCpu = false)
    {
        long low = precision == Precision.Float32 ? WideBytes : 2;
        long Values(LayerCost layer) => plan.BatchSize * layer.OutputShape.Count * layer.OutputWidth;
        var layers = cost.Blocks.SelectMany(block => block.Layers).ToArray();
        var logits = layers.Where(layer => layer.Name.StartsWith("seg_outputs", StringComparison.Ordinal)).ToHashSet();
        var convolutions = layers.Where(layer => !logits.Contains(layer)).Sum(Values);
        var voxels = plan.BatchSize * plan.PatchSize.Count;
        var finest = cost.Blocks[^1].Layers.Where(layer => layer.Name.StartsWith(cost.Blocks[^1].Name, StringComparison.Ordinal)).ToArray();
        var map = Values(finest[0]);
        var maps = Math.Max(MapsOfUnit, MapsOfJoin - (finest.Length - 1)) * map;
        var copies = isOnCpu ? voxels * (InBlocks(finest[0].InputWidth) + InBlocks(finest[0].OutputWidth)) : 0;
        var part = Math.Min(map, Math.Max(Chunks.DefaultValues, voxels));
        var norm = (map * low) + ((isOnCpu && low != WideBytes ? PartsOfNormCast : PartsOfNorm) * part * WideBytes);
        var loss = voxels * ((plan.OutputCount * LossMaps * WideBytes) + (LossIndices * sizeof(long)));
        return new(
            cost.Weights * WeightCopies * WideBytes,
            ((convolutions + (voxels * plan.Modalities.Count)) * low) + (logits.Sum(Values) * Copies * WideBytes),
            Math.Max(loss, Math.Max((maps + copies) * low, norm)));
    }

    private static long InBlocks(int channels) => (channels + ChannelsOfBlock - 1) / ChannelsOfBlock * ChannelsOfBlock;
}

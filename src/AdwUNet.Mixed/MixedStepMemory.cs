using AdwUNet.Architectures;
using AdwUNet.Networks;
using AdwUNet.Planning;

namespace AdwUNet.Mixed;

/// <summary>The memory of a step of this engine, from the cost model.</summary>
/// <param name="Weights">Bytes of weights, gradients and momenta.</param>
/// <param name="Kept">
/// Bytes that the forward pass keeps for the backward pass: the outputs of all convolutions and transposed convolutions, and the image, in the low type;
/// the logits of all resolutions with their copy and their gradients in float32.
/// </param>
/// <param name="Passing">Bytes of what a convolution of the finest block reads and writes, and of one part of its norm in float32 (<see cref="Chunks"/>).</param>
internal sealed record MixedStepMemory(long Weights, long Kept, long Passing)
{
    private const int WideBytes = 4; // float32
    private const int Copies = 3; // logits: what the loss reads, what it may change, the gradient
    private const int WeightCopies = 3; // weights, gradients, momenta
    private const int PartsOfNorm = 4; // gradient, centred values, activation, a product of two

    // Maps of the finest block beside what is kept, at the first unit of the decoder's last block: the gradients of the block's and of the unit's output,
    // the joined input and its gradient (two maps each), the skip; less the units behind it, which are released.
    private const int MapsOfJoin = 7;
    private const int MapsOfUnit = 3; // at another unit: the gradient of the block's output, the unit's input and its gradient

    /// <summary>All bytes beside weights, gradients and momenta.</summary>
    public long Step => Kept + Passing;

    /// <summary>The estimate for a network of published units. The workspace of convolutions is not included; a derived network's norms have no gradient of alphas, which changes nothing.</summary>
    /// <param name="cost">The network's cost on a batch of the plan.</param>
    /// <param name="plan">Patch, batch and channels.</param>
    /// <param name="precision">The effective precision.</param>
    public static MixedStepMemory Of(NetworkCost cost, Plan plan, Precision precision)
    {
        long low = precision == Precision.Float32 ? WideBytes : 2;
        long Values(LayerCost layer) => plan.BatchSize * layer.OutputShape.Count * layer.OutputWidth;
        var layers = cost.Blocks.SelectMany(block => block.Layers).ToArray();
        var logits = layers.Where(layer => layer.Name.StartsWith("seg_outputs", StringComparison.Ordinal)).ToHashSet();
        var convolutions = layers.Where(layer => !logits.Contains(layer)).Sum(Values);
        var image = plan.BatchSize * plan.PatchSize.Count * plan.Modalities.Count;
        var finest = cost.Blocks[^1].Layers.Where(layer => layer.Name.StartsWith(cost.Blocks[^1].Name, StringComparison.Ordinal)).ToArray();
        var maps = Math.Max(MapsOfUnit, MapsOfJoin - (finest.Length - 1)) * Values(finest[0]);
        var part = Math.Min(Values(finest[0]), Math.Max(Chunks.DefaultValues, plan.BatchSize * plan.PatchSize.Count));
        return new(
            cost.Weights * WeightCopies * WideBytes,
            ((convolutions + image) * low) + (logits.Sum(Values) * Copies * WideBytes),
            Math.Max(maps * low, (2 * Values(finest[0]) * low) + (PartsOfNorm * part * WideBytes)));
    }
}

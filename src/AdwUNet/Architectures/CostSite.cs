using AdwUNet.Imaging;

namespace AdwUNet.Architectures;

/// <summary>The place of a block, and the costs of its layers there.</summary>
/// <param name="Name">The block's parameter name.</param>
/// <param name="InputWidth">Number of input channels of its first unit.</param>
/// <param name="Kernel">Kernel of its units.</param>
/// <param name="Shape">Voxels of its feature maps.</param>
/// <param name="Batch">Patches.</param>
/// <param name="Space">The search space of a supernet; null for a derived network.</param>
/// <param name="UnitName">The parameter name of a unit of the block.</param>
/// <param name="IsFirst">Whether it is the first block of the network.</param>
internal sealed record CostSite(
    string Name, int InputWidth, Shape3 Kernel, Shape3 Shape, int Batch, SearchSpace? Space, Func<int, string> UnitName, bool IsFirst)
{
    public const int WeightsPerChannel = 3; // the convolution's bias, the norm's scale and shift

    private bool AdaptsWidth => Space is { AdaptsWidth: true };

    private long Values => Batch * Shape.Count;

    /// <param name="layers">All convolutions.</param>
    /// <param name="outputWidth">Channels that the block emits: the sum over depths is a feature map of its own.</param>
    /// <param name="joinedWidth">Channels of the concatenation with the skip; 0 in the encoder.</param>
    public BlockCost Block(IEnumerable<LayerCost> layers, int outputWidth, int joinedWidth = 0)
    {
        var betas = Space is { AdaptsDepth: true } ? Space.MaxDepth : 0;
        return new BlockCost(Name, Shape, [.. layers])
        {
            Betas = betas,
            JoinedActivations = ((betas > 0 ? outputWidth : 0) + joinedWidth) * Values,
        };
    }

    /// <summary>The chain of units.</summary>
    public IEnumerable<LayerCost> Units(IReadOnlyList<int> widths) => widths.Select((width, i) =>
    {
        var input = i == 0 ? InputWidth : widths[i - 1];
        var alphas = AdaptsWidth ? Space!.WidthFractions.Count : 0;
        return new LayerCost($"{Name}.{UnitName(i)}.conv", input, width, Shape)
        {
            Weights = (input * Kernel.Count * width) + (WeightsPerChannel * width) + alphas,
            ArchitectureParameters = alphas,
            ForwardFlops = 2 * Values * input * Kernel.Count * width,
            HasWeightsBefore = !(IsFirst && i == 0),
            HasChoicesBefore = Space != null && (!IsFirst || (AdaptsWidth && i > 0)),
            Activations = (AdaptsWidth ? 3 : 2) * Values * width,
        };
    });

    /// <summary>The transposed convolution, without bias. Its kernel equals its stride, so every input voxel is multiplied with every weight once.</summary>
    public LayerCost UpSampling(string name, int from, int to, Shape3 pool) => new(name, from, to, Shape)
    {
        Weights = from * pool.Count * to,
        ForwardFlops = 2 * Values * from * to,
        HasChoicesBefore = Space != null,
        Activations = 0, // copied into the concatenation
    };

    /// <summary>The 1×1×1 convolution to the classes. Without bias.</summary>
    public LayerCost Logits(string name, int from, int classes) => new(name, from, classes, Shape)
    {
        Weights = (long)from * classes,
        ForwardFlops = 2 * Values * from * classes,
        HasChoicesBefore = Space != null,
        Activations = Values * classes,
    };
}

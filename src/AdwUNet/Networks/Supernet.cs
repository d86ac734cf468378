using AdwUNet.Architectures;
using AdwUNet.Planning;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace AdwUNet.Networks;

/// <summary>
/// The network that contains every candidate: all convolutions at their largest width, all blocks at their largest depth, and
/// <c>alphas</c> and <c>betas</c> that say how much of each is used (paper section 3).
/// </summary>
public sealed class Supernet : EncoderDecoder
{
    private readonly IReadOnlyList<int> _blockWidths;

    /// <summary>Builds a supernet with fresh weights and all architecture parameters 0, so that every option is equally likely.</summary>
    /// <param name="plan">Kernels, channels and classes.</param>
    /// <param name="space">What may be chosen.</param>
    /// <param name="seed">Decides the initial weights.</param>
    /// <exception cref="ArchitectureException">The space is not one that the method defines.</exception>
    public Supernet(Plan plan, SearchSpace space, ulong seed = 0)
        : this(plan, space, seed, new GumbelSoftmax())
    {
    }

    private Supernet(Plan plan, SearchSpace space, ulong seed, GumbelSoftmax choice)
        : base(nameof(Supernet), plan, Validated(space).BlockWidths(plan.PoolCount), site => MakeBlock(site, plan, space, choice))
    {
        (Space, Choice) = (space, choice);
        _blockWidths = space.BlockWidths(plan.PoolCount);
        Initialization.KaimingNormal(this, seed);
    }

    /// <summary>What may be chosen.</summary>
    public SearchSpace Space { get; }

    /// <summary>Temperature and noise of all choices.</summary>
    public GumbelSoftmax Choice { get; }

    /// <summary>Alphas and betas: what architecture steps train.</summary>
    public IReadOnlyList<Parameter> ArchitectureParameters =>
        [.. named_parameters().Where(p => IsArchitecture(p.name)).Select(p => p.parameter)];

    /// <summary>Everything else: what weight steps train.</summary>
    public IReadOnlyList<Parameter> WeightParameters =>
        [.. named_parameters().Where(p => !IsArchitecture(p.name)).Select(p => p.parameter)];

    /// <summary>The architecture parameters' values now.</summary>
    public ArchitectureLogits Logits() =>
        new(Space.Family, [.. Blocks.Cast<SearchBlock>().Select((block, i) => block.Logits(_blockWidths[i]))]);

    /// <summary>What the architecture parameters decode to now.</summary>
    public Architecture Decode() => Logits().Decode();

    /// <summary>Whether a parameter of this name is one of the alphas or betas.</summary>
    internal static bool IsArchitecture(string name) =>
        name.EndsWith(".alphas", StringComparison.Ordinal) || name.EndsWith(".betas", StringComparison.Ordinal);

    private protected override NetworkCost Cost(Plan plan) => NetworkCost.Of(Space, plan);

    private static SearchSpace Validated(SearchSpace space)
    {
        space.Validate();
        return space;
    }

    private static Module<Tensor, Tensor> MakeBlock(BlockSite site, Plan plan, SearchSpace space, GumbelSoftmax choice)
    {
        var width = space.BlockWidths(plan.PoolCount)[site.Index];
        var options = space.WidthOptions(width);
        var units = Enumerable.Range(0, space.MaxDepth).Select(Module<Tensor, Tensor> (i) =>
        {
            var input = i == 0 ? site.InputWidth : width;
            var stride = i == 0 ? site.Stride : Imaging.Shape3.Cube(1);
            return space.AdaptsWidth
                ? new AdaptiveWidthUnit($"{site.Name}.{SearchBlock.UnitName(i)}", input, options, site.Kernel, stride, space.MaskPlacement, choice)
                : new ConvUnit(input, width, site.Kernel, stride);
        });
        return new SearchBlock(site.Name, units, space.AdaptsDepth, choice);
    }
}

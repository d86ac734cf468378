using AdwUNet.Architectures;
using AdwUNet.Planning;
using TorchSharp.Modules;

namespace AdwUNet.Networks;

/// <summary>
/// The network that contains every candidate: all convolutions at their largest width and all blocks at their largest depth. <c>alphas</c> and
/// <c>betas</c> weigh the options (paper section 3).
/// </summary>
public sealed class Supernet : EncoderDecoder
{
    /// <summary>Builds a supernet with fresh weights and all architecture parameters 0, so that every option is equally likely.</summary>
    /// <param name="plan">Kernels, channels and classes.</param>
    /// <param name="space">The search space.</param>
    /// <param name="seed">The seed of the initial weights.</param>
    /// <param name="unit">The convolution unit; the published one when null.</param>
    /// <param name="relaxation">How alphas and betas weigh options; the published Gumbel-softmax when null.</param>
    /// <exception cref="ArchitectureException">The search space is invalid.</exception>
    public Supernet(Plan plan, SearchSpace space, ulong seed = 0, UnitFactory? unit = null, Relaxation? relaxation = null)
        : this(plan, space, seed, unit ?? UnitFactory.Published, new RelaxedChoice { Relaxation = relaxation ?? new GumbelSoftmax() })
    {
    }

    private Supernet(Plan plan, SearchSpace space, ulong seed, UnitFactory unit, RelaxedChoice choice)
        : base(
            nameof(Supernet), plan, Validated(space).BlockWidths(plan.PoolCount), unit, seed, site => MakeBlock(site, plan, space, unit, choice)) =>
        (Space, Choice) = (space, choice);

    /// <summary>The search space.</summary>
    public SearchSpace Space { get; }

    /// <summary>Temperature and noise of all choices.</summary>
    public RelaxedChoice Choice { get; }

    /// <summary>Alphas and betas, which architecture steps train.</summary>
    public IReadOnlyList<Parameter> ArchitectureParameters =>
        [.. named_parameters().Where(p => IsArchitecture(p.name)).Select(p => p.parameter)];

    /// <summary>All other parameters, which weight steps train.</summary>
    public IReadOnlyList<Parameter> WeightParameters =>
        [.. named_parameters().Where(p => !IsArchitecture(p.name)).Select(p => p.parameter)];

    /// <summary>The current values of the architecture parameters.</summary>
    public ArchitectureLogits Logits() =>
        new(Space.Family, [.. Blocks.Select(block => block.Logits())]);

    /// <summary>Decodes the current architecture parameters.</summary>
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

    private static Block MakeBlock(BlockSite site, Plan plan, SearchSpace space, UnitFactory unit, RelaxedChoice choice)
    {
        var width = space.BlockWidths(plan.PoolCount)[site.Index];
        var units = Enumerable.Range(0, space.MaxDepth).Select(i => site.MakeUnit(unit, i, i == 0 ? site.InputWidth : width, width, of => of with
        {
            WidthOptions = space.AdaptsWidth ? space.WidthOptions(width) : [width],
            Choice = space.AdaptsWidth ? choice : null,
            MaskPlacement = space.MaskPlacement,
        }));
        return new Block(site.Name, units, space.AdaptsDepth ? choice : null);
    }
}

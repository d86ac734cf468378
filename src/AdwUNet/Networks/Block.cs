using AdwUNet.Architectures;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace AdwUNet.Networks;

/// <summary>
/// A chain of convolution units. Where the depth is searched (paper section 3.1, "AdBlock"), the output is the sum of the outputs of all units,
/// weighted by the relaxed choice of <c>betas</c>; else it is the output of the last unit.
/// </summary>
internal sealed class Block : Module<Tensor, Tensor>
{
    private readonly string _name;
    private readonly RelaxedChoice? _depth;
    private readonly Parameter? betas;

    /// <summary>Creates the block, with all depths equally likely.</summary>
    /// <param name="name">The full parameter name, such as <c>conv_blocks_context.0</c>.</param>
    /// <param name="units">The units in order.</param>
    /// <param name="depth">The choice of the depth; null where it is fixed.</param>
    /// <param name="asList">
    /// Whether the units are registered as <c>blocks.0</c>, <c>blocks.1</c> ... (the published derived AdU-Net) instead of <c>block1</c>, <c>block2</c> ...
    /// </param>
    public Block(string name, IEnumerable<ConvolutionUnit> units, RelaxedChoice? depth = null, bool asList = false)
        : base(nameof(Block))
    {
        (_name, _depth, Units) = (name, depth, [.. units]);
        betas = depth is null ? null : Parameter(zeros(Units.Count));
        depth?.Draws.Add($"{name}.{nameof(betas)}", Units.Count);
        RegisterComponents();
        if (asList)
        {
            register_module("blocks", ModuleList(Units.ToArray<Module<Tensor, Tensor>>()));
            return;
        }

        for (var i = 0; i < Units.Count; i++)
        {
            register_module(UnitName(i), Units[i]);
        }
    }

    /// <summary>The units in order.</summary>
    public IReadOnlyList<ConvolutionUnit> Units { get; }

    /// <summary>The name under which a unit is registered.</summary>
    /// <param name="index">0-based.</param>
    public static string UnitName(int index) => $"block{index + 1}";

    /// <summary>The logits of the depths, [units]; null where the depth is fixed.</summary>
    public Parameter? Betas => betas;

    /// <summary>Draws the weight of every unit's output, [units]; null where the depth is fixed. The caller disposes it.</summary>
    public Tensor? SampleDepths() => _depth?.Sample($"{_name}.{nameof(betas)}", betas!);

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        if (SampleDepths()?.unbind() is not { } weights)
        {
            return Units.Aggregate(input, (features, unit) => unit.forward(features)).MoveToOuterDisposeScope();
        }

        var features = Units[0].forward(input);
        var sum = features * weights[0];
        for (var k = 1; k < Units.Count; k++)
        {
            features = Units[k].forward(features);
            sum = sum.addcmul_(features, weights[k], Scalars.One);
        }

        return sum.MoveToOuterDisposeScope();
    }

    /// <summary>The architecture parameters of this block.</summary>
    public BlockLogits Logits() => new(
        _name,
        betas is null ? [] : Values(betas),
        [.. Units.Select(unit => unit.Alphas).OfType<Parameter>().Select(alphas => (IReadOnlyList<double>)Values(alphas))],
        [.. Units.Select(unit => unit.WidthOptions)]);

    private static double[] Values(Tensor parameter)
    {
        using var scope = NewDisposeScope();
        return parameter.detach().cpu().to(float64).data<double>().ToArray();
    }
}

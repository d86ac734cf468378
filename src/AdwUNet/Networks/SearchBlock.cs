using AdwUNet.Architectures;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace AdwUNet.Networks;

/// <summary>
/// A block of a supernet: a chain of units of the largest width. Where depth is adaptive (paper section 3.1, "AdBlock"), its output
/// is the sum of all units' outputs, weighted by the Gumbel-softmax of <c>betas</c>; else that of the last.
/// </summary>
internal sealed class SearchBlock : Module<Tensor, Tensor>, IUnitChain
{
    private readonly string _fullName;
    private readonly GumbelSoftmax _choice;
    private readonly Module<Tensor, Tensor>[] _units;
    private readonly Parameter? betas;

    public SearchBlock(string fullName, IEnumerable<Module<Tensor, Tensor>> units, bool adaptsDepth, GumbelSoftmax choice)
        : base(nameof(SearchBlock))
    {
        (_fullName, _choice, _units) = (fullName, choice, [.. units]);
        betas = adaptsDepth ? Parameter(zeros(_units.Length)) : null;
        RegisterComponents();
        for (var i = 0; i < _units.Length; i++)
        {
            register_module(UnitName(i), _units[i]);
        }
    }

    public Parameter? Betas => betas;

    public IEnumerable<AdaptiveWidthUnit> AdaptiveUnits => _units.OfType<AdaptiveWidthUnit>();

    /// <summary>The name under which a unit is registered.</summary>
    /// <param name="index">0-based.</param>
    public static string UnitName(int index) => $"block{index + 1}";

    public IReadOnlyList<IConvolutionUnit> Units => [.. _units.Cast<IConvolutionUnit>()];

    public Tensor? SampleDepths() => betas is null ? null : _choice.Sample($"{_fullName}.{nameof(betas)}", betas);

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var outputs = new List<Tensor>();
        foreach (var unit in _units)
        {
            outputs.Add(unit.forward(outputs.Count == 0 ? input : outputs[^1]));
        }

        if (betas is null)
        {
            return outputs[^1].MoveToOuterDisposeScope();
        }

        var weights = SampleDepths()!.unbind();
        var sum = outputs[0] * weights[0];
        for (var k = 1; k < outputs.Count; k++)
        {
            sum = sum.addcmul_(outputs[k], weights[k], Scalars.One);
        }

        return sum.MoveToOuterDisposeScope();
    }

    /// <summary>This block's architecture parameters now.</summary>
    /// <param name="fullWidth">The width of every unit where width is fixed.</param>
    public BlockLogits Logits(int fullWidth) => new(
        _fullName,
        betas is null ? [] : Values(betas),
        [.. AdaptiveUnits.Select(unit => (IReadOnlyList<double>)Values(unit.Alphas))],
        [.. _units.Select(unit => unit is AdaptiveWidthUnit adaptive ? adaptive.Options : (IReadOnlyList<int>)[fullWidth])]);

    private static double[] Values(Tensor parameter)
    {
        using var scope = NewDisposeScope();
        return parameter.detach().cpu().to(float64).data<double>().ToArray();
    }
}

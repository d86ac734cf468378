using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace AdwUNet.Networks;

/// <summary>A chain of convolution units whose last output is the block's: every block of fixed depth.</summary>
internal sealed class Block : Module<Tensor, Tensor>, IUnitChain
{
    private readonly Module<Tensor, Tensor>[] _units;

    /// <param name="units">The units in order.</param>
    /// <param name="asList">
    /// Whether they are registered as <c>blocks.0</c>, <c>blocks.1</c> ..., as the published derived AdU-Net does, not as
    /// <c>block1</c>, <c>block2</c> ...
    /// </param>
    public Block(IEnumerable<Module<Tensor, Tensor>> units, bool asList = false)
        : base(nameof(Block))
    {
        _units = [.. units];
        if (asList)
        {
            register_module("blocks", ModuleList(_units));
            return;
        }

        for (var i = 0; i < _units.Length; i++)
        {
            register_module($"block{i + 1}", _units[i]);
        }
    }

    public IReadOnlyList<IConvolutionUnit> Units => [.. _units.Cast<IConvolutionUnit>()];

    public Tensor? SampleDepths() => null;

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var features = input;
        foreach (var unit in _units)
        {
            features = unit.forward(features);
        }

        return features.MoveToOuterDisposeScope();
    }
}

using AdwUNet.Imaging;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace AdwUNet.Benchmarks.Plain;

/// <summary>A chain of units; where depth adapts, the weighted sum of all their outputs.</summary>
internal sealed class PlainBlock : Module<Tensor, Tensor>
{
    private readonly PlainChoice _choice;
    private readonly PlainUnit[] _units;
    private readonly Parameter? betas;

    public PlainBlock(int inputWidth, IReadOnlyList<int> widths, Shape3 kernel, Shape3 stride, bool adaptsWidth, bool adaptsDepth, PlainChoice choice)
        : base(nameof(PlainBlock))
    {
        _choice = choice;
        _units = [.. widths.Select((width, i) => new PlainUnit(i == 0 ? inputWidth : widths[i - 1], width, kernel, i == 0 ? stride : Shape3.Cube(1), adaptsWidth, choice))];
        betas = adaptsDepth ? Parameter(zeros(widths.Count)) : null;
        RegisterComponents();
        for (var i = 0; i < _units.Length; i++)
        {
            register_module($"block{i + 1}", _units[i]);
        }
    }

    public override Tensor forward(Tensor x)
    {
        var outputs = new List<Tensor>();
        foreach (var unit in _units)
        {
            x = unit.forward(x);
            outputs.Add(x);
        }

        if (betas is null)
        {
            return x;
        }

        var weights = _choice.Sample(betas);
        var sum = outputs[0] * weights[0];
        for (var i = 1; i < outputs.Count; i++)
        {
            sum = sum + (outputs[i] * weights[i]);
        }

        return sum;
    }
}

using AdwUNet.Networks;
using static TorchSharp.torch;

namespace AdwUNet.Mixed;

/// <summary>The forward and backward pass of one block of convolution units.</summary>
internal sealed class BlockPass
{
    private readonly MixedPass _pass;
    private readonly Feature _input;
    private readonly UnitPass[] _units;
    private Tensor? _depths; // the weight of every unit's output, [units]; null where the depth is fixed

    /// <summary>Runs the forward pass.</summary>
    /// <param name="pass">The pass of the network.</param>
    /// <param name="block">The block.</param>
    /// <param name="convolutions">The convolution of each unit; null for a unit without a description.</param>
    /// <param name="input">The input of the block.</param>
    public BlockPass(MixedPass pass, Block block, Convolution?[] convolutions, Feature input)
    {
        using var scope = NewDisposeScope();
        (_pass, _input, _units) = (pass, input, new UnitPass[convolutions.Length]);
        _depths = MixedPass.Sampled(block.SampleDepths, pass.IsRecording) is { } depths ? pass.Keep(depths) : null;
        Output = new(pass, () => Sum(k => _units[k].Output()));
        var low = input.Read();
        var output = Sum(k =>
        {
            _units[k] = convolutions[k] is { } convolution
                ? new PublishedUnitPass(pass, block.Units[k], convolution, low)
                : new ModuleUnitPass(pass, block.Units[k], low, k > 0 || input.NeedsGradient);
            var wide = _units[k].Output();
            if (k < _units.Length - 1)
            {
                low = wide.to(pass.Formats.Low);
            }

            if (!pass.IsRecording)
            {
                _units[k].Dispose();
            }

            return wide;
        });
        Output.Hold(output);
        if (!pass.IsRecording)
        {
            pass.Release(ref _depths);
        }
    }

    /// <summary>The block's output. Held at first.</summary>
    public Feature Output { get; }

    /// <summary>Runs the backward pass.</summary>
    public void Backward()
    {
        using var scope = NewDisposeScope();
        Output.Release();
        if (Output.TakeGradient() is not { } ofOutput)
        {
            Array.ForEach(_units, unit => unit.Dispose());
            _pass.Release(ref _depths);
            return;
        }

        scope.Attach(ofOutput);
        var (wide, weights) = (_pass.Formats.Wide, _depths?.detach().to(_pass.Formats.Wide).unbind());
        var ofDepths = new Tensor[_units.Length];
        var next = weights is null ? ofOutput : null; // the gradient of a unit's output, except for the part of the weighted sum
        for (var k = _units.Length - 1; k >= 0; k--)
        {
            using var inner = NewDisposeScope();
            var ofBlock = weights is null ? null : ofOutput.to(wide);
            var part = ofBlock?.mul(weights![k]);
            var gradient = next is null ? part! : part is null ? next.to(wide) : part.add_(next, Scalars.One);
            var needsInput = k > 0 || _input.NeedsGradient;
            var (ofInput, ofDepth) = _units[k].Backward(gradient, ofBlock, () => k == 0 ? _input.Read() : _units[k - 1].Output().to(_pass.Formats.Low), needsInput);
            next?.Dispose();
            next = ofInput?.MoveToOuterDisposeScope();
            ofDepths[k] = ofDepth?.MoveToOuterDisposeScope()!;
        }

        if (next is not null)
        {
            _input.AddGradient(next);
        }

        MixedPass.Propagate(_depths, _depths is null ? null : stack(ofDepths));
        _pass.Release(ref _depths);
    }

    /// <summary>The block's output in the low type: the last unit's, or the weighted sum of all.</summary>
    private Tensor Sum(Func<int, Tensor> output)
    {
        using var scope = NewDisposeScope();
        var weights = _depths?.detach().to(_pass.Formats.Wide).unbind();
        Tensor? sum = null;
        for (var k = 0; k < _units.Length; k++)
        {
            if (weights is null && k < _units.Length - 1 && _units[k] is not null)
            {
                continue; // recomputed: only the last unit's output counts
            }

            var wide = output(k);
            sum = weights is null ? wide : sum is null ? wide.mul(weights[k]) : sum.addcmul_(wide, weights[k], Scalars.One);
        }

        return sum!.to(_pass.Formats.Low).MoveToOuterDisposeScope();
    }
}

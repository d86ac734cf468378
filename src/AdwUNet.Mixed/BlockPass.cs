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
        Output = new(pass, () => Low(_units.Length - 1, isBlock: true));
        var features = input.Read();
        for (var k = 0; k < _units.Length; k++)
        {
            _units[k] = convolutions[k] is { } convolution
                ? new PublishedUnitPass(pass, block.Units[k], convolution, features)
                : new ModuleUnitPass(pass, block.Units[k], features, k > 0 || input.NeedsGradient);
            if (k > 0)
            {
                features.Dispose(); // the input of the block is its feature's
            }

            features = Low(k, isBlock: k == _units.Length - 1);
            if (!pass.IsRecording && _depths is null)
            {
                _units[k].Dispose();
            }
        }

        Output.Hold(features);
        if (!pass.IsRecording)
        {
            Release();
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
            Release();
            return;
        }

        scope.Attach(ofOutput);
        var weights = Weights();
        var ofDepths = new Tensor[_units.Length];
        var next = weights is null ? ofOutput : null; // the gradient of a unit's output, except for the part of the weighted sum
        for (var k = _units.Length - 1; k >= 0; k--)
        {
            using var inner = NewDisposeScope();
            var (of, weight) = (next, weights?[k]);
            Tensor Gradient((long First, long Count) chunk) =>
                weight is null ? of!.Part(chunk).to(_pass.Formats.Wide, copy: true)
                : of is null ? ofOutput.Part(chunk).mul(weight)
                : ofOutput.Part(chunk).mul(weight).add_(of.Part(chunk), Scalars.One);
            var (ofInput, ofDepth) = _units[k].Backward(
                Gradient, weights is null ? null : ofOutput, () => k == 0 ? _input.Read() : Low(k - 1, isBlock: false), k > 0 || _input.NeedsGradient);
            next?.Dispose();
            next = ofInput?.MoveToOuterDisposeScope();
            ofDepths[k] = ofDepth?.MoveToOuterDisposeScope()!;
        }

        if (next is not null)
        {
            ofOutput.Dispose();
            _input.AddGradient(next);
        }

        MixedPass.Propagate(_depths, _depths is null ? null : stack(ofDepths));
        Release();
    }

    // Of shape [1, 1, 1, 1, 1], so that a product with bfloat16 is in the wide type.
    private Tensor[]? Weights() => _depths?.detach().to(_pass.Formats.Wide).view(-1, 1, 1, 1, 1, 1).unbind();

    private void Release()
    {
        Array.ForEach(_units, unit => unit.Dispose());
        _pass.Release(ref _depths);
    }

    /// <summary>A unit's output in the low type, or that of the block up to this unit: the weighted sum of all where the depth is searched.</summary>
    private Tensor Low(int last, bool isBlock)
    {
        using var scope = NewDisposeScope();
        var (shape, weights) = (_units[last].Shape, isBlock ? Weights() : null);
        var low = empty_like(shape, _pass.Formats.Low); // and its layout
        foreach (var chunk in Chunks.Of(shape, _pass.ChunkValues))
        {
            using var inner = NewDisposeScope();
            var sum = weights is null ? _units[last].Output(chunk) : _units[0].Output(chunk).mul_(weights[0]);
            for (var k = 1; weights is not null && k <= last; k++)
            {
                sum.addcmul_(_units[k].Output(chunk), weights[k], Scalars.One);
            }

            low.Part(chunk).copy_(sum);
        }

        return low.MoveToOuterDisposeScope();
    }
}

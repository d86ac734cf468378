using AdwUNet.Networks;
using static TorchSharp.torch;

namespace AdwUNet.Mixed;

/// <summary>The forward and backward pass of one convolution unit.</summary>
internal abstract class UnitPass : IDisposable
{
    /// <summary>What has the shape of the output.</summary>
    public abstract Tensor Shape { get; }

    /// <summary>A part of the output in the wide type. The caller disposes it, and may overwrite it.</summary>
    public abstract Tensor Output((long First, long Count) chunk);

    /// <summary>Adds the gradients of the unit's parameters, and disposes what is kept.</summary>
    /// <param name="gradient">Computes a part of the gradient of the output, in the wide type, to be overwritten.</param>
    /// <param name="ofBlock">The gradient of the block's output; null where the depth is fixed.</param>
    /// <param name="input">Computes the input once more.</param>
    /// <param name="needsInput">Whether the gradient of the input is needed.</param>
    /// <returns>The gradient of the input, and of the weight of this unit in the block's output; for the caller's dispose scope.</returns>
    public abstract (Tensor? OfInput, Tensor? OfDepth) Backward(Func<(long First, long Count), Tensor> gradient, Tensor? ofBlock, Func<Tensor> input, bool needsInput);

    /// <summary>Disposes what is kept.</summary>
    public abstract void Dispose();
}

/// <summary>A published unit: keeps the convolution's output.</summary>
internal sealed class PublishedUnitPass : UnitPass
{
    private readonly MixedPass _pass;
    private readonly Convolution _convolution;
    private readonly MaskedNorm _norm;
    private Tensor? _mask;
    private Tensor? _convolved;

    public PublishedUnitPass(MixedPass pass, ConvolutionUnit unit, Convolution convolution, Tensor input)
    {
        (_pass, _convolution) = (pass, convolution);
        _convolved = pass.Keep(convolution.Forward(input));
        _mask = MixedPass.Sampled(unit.SampleMask, pass.IsRecording) is { } mask ? pass.Keep(mask) : null;
        _norm = new(unit.Description!, _convolved, _mask, pass.Formats.Wide, pass.ChunkValues);
    }

    public override Tensor Shape => _convolved!;

    public override Tensor Output((long First, long Count) chunk) => _norm.Output(_convolved!, chunk);

    public override (Tensor? OfInput, Tensor? OfDepth) Backward(Func<(long First, long Count), Tensor> gradient, Tensor? ofBlock, Func<Tensor> input, bool needsInput)
    {
        using var scope = NewDisposeScope();
        var ofConvolution = _convolved!.dtype == _pass.Formats.Gradient ? _convolved : empty_like(_convolved, _pass.Formats.Gradient); // in place where it fits
        var (ofMask, ofDepth) = _norm.Backward(_convolved, gradient, ofBlock, ofConvolution);
        MixedPass.Propagate(_mask, ofMask);
        var ofInput = _pass.Backward(_convolution, ofConvolution, input(), needsInput);
        Dispose();
        return (ofInput?.MoveToOuterDisposeScope(), ofDepth?.MoveToOuterDisposeScope());
    }

    public override void Dispose()
    {
        _pass.Release(ref _convolved);
        _pass.Release(ref _mask);
        _norm.Dispose();
    }
}

/// <summary>
/// A unit of one's own: its module, by autograd, with libtorch's autocast, which computes convolutions in the low type and norms in float32.
/// Autograd keeps what it needs.
/// </summary>
internal sealed class ModuleUnitPass : UnitPass
{
    private readonly MixedPass _pass;
    private Tensor? _input; // null where its gradient is not needed
    private Tensor? _output;

    public ModuleUnitPass(MixedPass pass, ConvolutionUnit unit, Tensor input, bool needsInput)
    {
        _pass = pass;
        using var gradients = set_grad_enabled(pass.IsRecording);
        _input = pass.IsRecording && needsInput ? pass.Keep(input.detach().requires_grad_()) : null;
        _output = pass.Keep(unit.ComputeWithin(() => new Autocast(input.device_type, pass.Formats), _input ?? input)); // the mask stays float32
    }

    public override Tensor Shape => _output!;

    public override Tensor Output((long First, long Count) chunk)
    {
        using var scope = NewDisposeScope();
        return _output!.detach().Part(chunk).to(_pass.Formats.Wide, copy: true).MoveToOuterDisposeScope();
    }

    public override (Tensor? OfInput, Tensor? OfDepth) Backward(Func<(long First, long Count), Tensor> gradient, Tensor? ofBlock, Func<Tensor> input, bool needsInput)
    {
        using var scope = NewDisposeScope();
        var all = (0L, Shape.shape[1]);
        var ofDepth = ofBlock is null ? null : Output(all).mul_(ofBlock).sum().to(float64).MoveToOuterDisposeScope();
        if (_output!.requires_grad)
        {
            _output.backward([gradient(all).to(_output.dtype)]);
        }

        var ofInput = needsInput ? _input!.grad!.to(_pass.Formats.Gradient).MoveToOuterDisposeScope() : null;
        Dispose();
        return (ofInput, ofDepth);
    }

    public override void Dispose()
    {
        _pass.Release(ref _output);
        _pass.Release(ref _input);
    }
}

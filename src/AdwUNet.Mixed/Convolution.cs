using AdwUNet.Imaging;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AdwUNet.Mixed;

/// <summary>A convolution or transposed convolution of a network, computed in the type of its input. Weights are cast anew in each pass.</summary>
internal sealed class Convolution
{
    private readonly Parameter _weights;
    private readonly Geometry _geometry;
    private readonly long[] _stride;
    private readonly long[] _padding;

    /// <summary>Creates the convolution of a module.</summary>
    /// <param name="weights">The weights of the module. A bias is left out: a norm follows, which cancels it, or the module has none.</param>
    /// <param name="stride">The stride.</param>
    /// <param name="isTransposed">Whether it is transposed; then nothing is padded.</param>
    public Convolution(Parameter weights, Shape3 stride, bool isTransposed = false)
    {
        var kernel = weights.shape;
        var padding = isTransposed ? default : new Shape3((int)kernel[2] / 2, (int)kernel[3] / 2, (int)kernel[4] / 2);
        (_weights, _geometry) = (weights, new(stride, padding, isTransposed));
        (_stride, _padding) = ([stride.Z, stride.Y, stride.X], [padding.Z, padding.Y, padding.X]);
    }

    /// <summary>Computes the output. The caller disposes it.</summary>
    /// <param name="input">The input.</param>
    /// <param name="inputs">The input channels that are given; null for all.</param>
    public Tensor Forward(Tensor input, (long First, long Count)? inputs = null)
    {
        using var scope = NewDisposeScope();
        return Apply(input, Weights(input.dtype, inputs)).MoveToOuterDisposeScope();
    }

    /// <summary>Adds the gradient of the weights, if they require one, and computes that of the input. The caller disposes it.</summary>
    /// <param name="gradient">The gradient of the output, of the type of the input.</param>
    /// <param name="input">The input of the forward pass.</param>
    /// <param name="needsInput">Whether the gradient of the input is needed; else null is returned.</param>
    /// <param name="scale">The gradients of the weights are divided by it; a tensor of one value, or null for 1.</param>
    /// <param name="inputs">The input channels that are given; null for all.</param>
    public Tensor? Backward(Tensor gradient, Tensor input, bool needsInput, Tensor? scale = null, (long First, long Count)? inputs = null)
    {
        if (!needsInput && !_weights.requires_grad)
        {
            return null;
        }

        using var scope = NewDisposeScope();
        var weights = Weights(input.dtype, inputs);
        var (ofInput, ofWeights) = NativeConvolution.IsThere(input.device_type)
            ? NativeConvolution.Backward(gradient, input, weights, _geometry, needsInput, _weights.requires_grad)
            : ByAutograd(gradient, input, weights, needsInput);
        if (ofWeights is not null)
        {
            Gradients.Add(_weights, scale is null ? ofWeights : ofWeights.to(_weights.dtype).div_(scale), inputs);
        }

        return ofInput?.MoveToOuterDisposeScope();
    }

    /// <summary>The same by autograd, which computes the forward pass once more.</summary>
    internal (Tensor? OfInput, Tensor? OfWeights) ByAutograd(Tensor gradient, Tensor input, Tensor weights, bool needsInput)
    {
        using var on = enable_grad();
        var (x, w) = (input.detach().requires_grad_(needsInput), weights.detach().requires_grad_(_weights.requires_grad));
        Apply(x, w).backward([gradient]);
        return (x.grad, w.grad);
    }

    private Tensor Weights(ScalarType type, (long First, long Count)? inputs)
    {
        var all = _weights.detach();
        return (inputs is { } chunk ? all.Part(chunk) : all).to(type);
    }

    private Tensor Apply(Tensor input, Tensor weights) => _geometry.IsTransposed
        ? nn.functional.conv_transpose3d(input, weights, strides: _stride)
        : nn.functional.conv3d(input, weights, strides: _stride, padding: _padding);
}

/// <summary>The gradients of parameters.</summary>
internal static class Gradients
{
    /// <summary>Adds to the gradient of a parameter that requires one.</summary>
    /// <param name="parameter">The parameter.</param>
    /// <param name="gradient">As many values in any shape.</param>
    /// <param name="inputs">The part of dimension 1 to which it belongs; null for all.</param>
    public static void Add(Parameter parameter, Tensor gradient, (long First, long Count)? inputs = null)
    {
        if (!parameter.requires_grad)
        {
            return;
        }

        using var scope = NewDisposeScope();
        if (parameter.grad is null)
        {
            parameter.grad = zeros_like(parameter, requires_grad: false);
        }

        var all = parameter.grad!;
        var part = inputs is { } chunk ? all.Part(chunk) : all;
        part.add_(gradient.view(part.shape), Scalars.One);
    }
}

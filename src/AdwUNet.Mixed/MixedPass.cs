using AdwUNet.Networks;
using static TorchSharp.torch;

namespace AdwUNet.Mixed;

/// <summary>The forward and backward pass of one batch through a network, by libtorch's operations without autograd.</summary>
/// <remarks>
/// Only the outputs of convolutions and the factors of norms are kept for the backward pass. Norm, activation, weighted sum and concatenation are
/// recomputed where a gradient needs them.
/// </remarks>
internal sealed class MixedPass(NetworkLayers layers, Formats formats, bool record, long chunkValues = Chunks.DefaultValues) : IDisposable
{
    private readonly HashSet<Tensor> _kept = [];
    private readonly Stack<Action> _backward = new();
    private Tensor?[] _logitGradients = [];

    /// <summary>The number formats.</summary>
    public Formats Formats { get; } = formats;

    /// <summary>Values of a part (<see cref="Chunks"/>).</summary>
    public long ChunkValues => chunkValues;

    /// <summary>Whether a backward pass follows.</summary>
    public bool IsRecording => record;

    /// <summary>The tensors that are kept now.</summary>
    public IReadOnlyCollection<Tensor> Kept => _kept;

    /// <summary>Bytes of all tensors that are kept now.</summary>
    public long KeptBytes { get; private set; }

    /// <summary>The largest <see cref="KeptBytes"/> so far.</summary>
    public long PeakKeptBytes { get; private set; }

    /// <summary>Computes the logits in the wide type, finest first. They belong to the caller's dispose scope.</summary>
    public Tensor[] Forward(Tensor image)
    {
        var input = new Feature(this, () => throw new InvalidOperationException("The image is held.")) { NeedsGradient = false };
        using (NewDisposeScope())
        {
            input.Hold(Formats.Laid(image.detach().to(Formats.Low, copy: true)));
        }

        var skips = new Stack<Feature>();
        var features = input;
        foreach (var block in layers.Encoder)
        {
            features = Run(block, features);
            skips.Push(features);
        }

        if (!record)
        {
            input.Release();
        }

        skips.Pop(); // the output of the bottleneck is not a skip
        var logits = new Tensor[layers.Decoder.Count];
        for (var u = 0; u < logits.Length; u++)
        {
            var (block, upSampling, output) = layers.Decoder[u];
            var (up, skip) = (UpSample(upSampling, features), skips.Pop());
            features.Release();
            features = Run(block, Join(up, skip));
            skip.Release();
            if (!record)
            {
                up.Release();
            }

            logits[^(u + 1)] = Output(output, features, logits.Length - 1 - u);
        }

        features.Release();
        return logits;
    }

    /// <summary>Adds the gradients of all parameters that require one.</summary>
    /// <param name="gradients">Gradients of the logits; null for logits that the loss does not depend on.</param>
    public void Backward(Tensor?[] gradients)
    {
        _logitGradients = gradients;
        while (_backward.TryPop(out var step))
        {
            step();
        }
    }

    /// <summary>Takes a tensor out of its dispose scope until it is released.</summary>
    public Tensor Keep(Tensor tensor)
    {
        if (_kept.Add(tensor))
        {
            tensor.DetachFromDisposeScope();
            KeptBytes += Bytes(tensor);
            PeakKeptBytes = Math.Max(PeakKeptBytes, KeptBytes);
        }

        return tensor;
    }

    /// <summary>Disposes a kept tensor.</summary>
    public void Release(ref Tensor? tensor) => Take(ref tensor)?.Dispose();

    /// <summary>Returns a kept tensor and keeps it no longer. The caller disposes it.</summary>
    public Tensor? Take(ref Tensor? tensor)
    {
        var taken = tensor;
        tensor = null;
        if (taken is not null && _kept.Remove(taken))
        {
            KeptBytes -= Bytes(taken);
        }

        return taken;
    }

    /// <summary>Draws a relaxed choice, with its way back to alphas or betas where a backward pass follows. The caller disposes it.</summary>
    public static Tensor? Sampled(Func<Tensor?> sample, bool record)
    {
        using var gradients = set_grad_enabled(record);
        return sample();
    }

    /// <summary>Propagates the gradient of a drawn choice to alphas or betas.</summary>
    public static void Propagate(Tensor? sampled, Tensor? gradient)
    {
        if (sampled is { requires_grad: true } && gradient is not null)
        {
            sampled.backward([gradient.to(sampled.dtype)]);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in _kept)
        {
            tensor.Dispose();
        }

        _kept.Clear();
    }

    /// <summary>The backward pass of a convolution: adds the gradient of its weights, returns that of its input for the caller's dispose scope.</summary>
    /// <param name="convolution">The convolution.</param>
    /// <param name="gradient">The gradient of its output.</param>
    /// <param name="input">Its input.</param>
    /// <param name="needsInput">Whether the gradient of the input is needed; else null is returned.</param>
    public Tensor? Backward(Convolution convolution, Tensor gradient, Tensor input, bool needsInput)
    {
        if (input.dtype != ScalarType.Float16)
        {
            return convolution.Backward(gradient.to(input.dtype), input, needsInput)?.to(Formats.Gradient);
        }

        var scale = LossScale.Of(gradient);
        return convolution.Backward(gradient.mul(scale).to(input.dtype), input, needsInput, scale)?.to(Formats.Wide).div_(scale);
    }

    private Feature Run((Block Block, Convolution?[] Convolutions) layers, Feature input)
    {
        var pass = new BlockPass(this, layers.Block, layers.Convolutions, input);
        _backward.Push(pass.Backward);
        return pass.Output;
    }

    private Feature UpSample(Convolution convolution, Feature input)
    {
        using var scope = NewDisposeScope();
        var output = new Feature(this, () => throw new InvalidOperationException("Values that are kept were released."));
        output.Hold(convolution.Forward(input.Read()));
        _backward.Push(() =>
        {
            using var scope = NewDisposeScope();
            if (output.TakeGradient() is { } gradient)
            {
                scope.Attach(gradient);
                input.AddGradient(Backward(convolution, gradient, input.Read(), needsInput: true)!);
            }

            output.Release();
        });
        return output;
    }

    private Feature Join(Feature up, Feature skip) => new(this, () => Joined(up, skip))
    {
        Propagate = gradient =>
        {
            var half = gradient.shape[1] / 2; // the transposed convolution has the width of the skip
            up.AddGradient(gradient.narrow(1, 0, half));
            skip.AddGradient(gradient.narrow(1, half, half));
        },
    };

    private static Tensor Joined(Feature up, Feature skip)
    {
        using var scope = NewDisposeScope();
        return cat([up.Read(), skip.Read()], 1).MoveToOuterDisposeScope();
    }

    private Tensor Output(Convolution convolution, Feature input, int index)
    {
        using var scope = NewDisposeScope();
        _backward.Push(() =>
        {
            using var scope = NewDisposeScope();
            if (_logitGradients[index] is { } gradient)
            {
                var values = input.Read();
                var ofInput = empty_like(values, Formats.Gradient);
                foreach (var chunk in Chunks.Of(values, ChunkValues))
                {
                    using var inner = NewDisposeScope();
                    ofInput.Part(chunk).copy_(convolution.Backward(gradient, values.Part(chunk).to(Formats.Wide), needsInput: true, inputs: chunk)!);
                }

                input.AddGradient(ofInput);
            }
        });
        var features = input.Read();
        Tensor? logits = null;
        foreach (var chunk in Chunks.Of(features, ChunkValues))
        {
            var part = convolution.Forward(features.Part(chunk).to(Formats.Wide), chunk);
            logits = logits is null ? part : logits.add_(part, Scalars.One);
        }

        return logits!.contiguous().MoveToOuterDisposeScope(); // a loss may view them
    }

    private static long Bytes(Tensor tensor) => tensor.numel() * tensor.element_size();
}

using AdwUNet.Imaging;
using AdwUNet.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AdwUNet.Cpu;

/// <summary>The forward and backward pass of one batch through an <see cref="EncoderDecoder"/>.</summary>
internal sealed unsafe class NetworkPass<T> : IDisposable
    where T : struct, IStorageFormat
{
    private readonly LayerPlans<T> _layers;
    private readonly bool _record;
    private readonly Stack<Action> _backward = new();
    private readonly List<(Tensor Sample, double[] Gradient)> _sampled = [];
    private FeatureMap? _image;

    /// <summary>Runs the forward pass.</summary>
    /// <param name="layers">The plans of the network for the size of the image.</param>
    /// <param name="image">[N, C, D, H, W].</param>
    /// <param name="pool">Provides buffers and the workspace.</param>
    /// <param name="record">Whether to keep the activations that a backward pass needs.</param>
    public NetworkPass(LayerPlans<T> layers, Tensor image, BufferPool pool, bool record)
    {
        (_layers, Pool, _record) = (layers, pool, record);
        Logits = Forward(image);
    }

    /// <summary>Logits of every resolution, finest first, float32 [N, classes, D, H, W].</summary>
    public Tensor[] Logits { get; }

    /// <summary>Provides buffers and the workspace.</summary>
    public BufferPool Pool { get; }

    /// <summary>The parameter gradients that the backward pass writes.</summary>
    public ParameterMemory Parameters { get; } = new();

    private int Samples => _layers.Samples;

    /// <summary>Runs the backward pass. Overwrites the gradients of all parameters that require one.</summary>
    /// <param name="gradients">Gradients of the logits; null for logits that the loss does not depend on.</param>
    public void Backward(Tensor?[] gradients)
    {
        for (var u = 0; u < gradients.Length; u++)
        {
            _layers.Outputs[u].Gradient = gradients[^(u + 1)];
        }

        while (_backward.TryPop(out var step))
        {
            step();
        }

        Parameters.ClearOthers(_layers.Network.parameters());
        foreach (var (sample, gradient) in _sampled)
        {
            using (sample)
            {
                if (sample.requires_grad)
                {
                    // The clone is aligned. A tensor that wraps an array is not always, and the rounding of libtorch's products depends on the alignment.
                    using var values = tensor(Array.ConvertAll(gradient, value => (float)value));
                    using var aligned = values.clone();
                    sample.backward([aligned]);
                }
            }
        }

        _sampled.Clear();
    }

    /// <inheritdoc/>
    public void Dispose() => _image?.Release(Pool);

    /// <summary>Rents the memory of a feature map.</summary>
    public NativeBuffer Rent(Shape3 grid, int channels) => Pool.Rent(Samples * grid.Count * channels * T.Size);

    /// <summary>
    /// Records the gradient of a sampled tensor; <see cref="Backward(Tensor?[])"/> propagates it to the parameters behind the sample.
    /// </summary>
    public void AddSampled(Tensor? sample, double[] gradient)
    {
        if (sample is not null)
        {
            _sampled.Add((sample, gradient));
        }
    }

    /// <summary>Whether the gradient of a feature map is needed. The image is the only one without.</summary>
    public bool NeedsGradient(FeatureMap feature) => feature != _image;

    /// <summary>One feature map, or two concatenated along the channels, as the input of a convolution.</summary>
    public static InputView<T> Source(FeatureMap[] features) => features.Length == 1
        ? new(features[0].Grid, features[0].Values.Data, features[0].Channels)
        : new(features[0].Grid, features[0].Values.Data, features[0].Channels, features[1].Values.Data, features[1].Channels);

    /// <summary>Accumulates the gradient of a layer with respect to its inputs.</summary>
    public void BackwardData(ConvolutionLayer<T> layer, InputView<T> gradient, Parameter weights, FeatureMap[] inputs)
    {
        if (!inputs.All(NeedsGradient))
        {
            return;
        }

        var add = inputs.All(input => input.Gradient is not null);
        foreach (var input in inputs)
        {
            input.Gradient ??= Rent(input.Grid, input.Channels);
        }

        layer.BackwardData(gradient, ParameterMemory.Floats(weights), [.. inputs.Select(input => (nint)input.Gradient!.Data)], add, Pool);
    }

    private Tensor[] Forward(Tensor image)
    {
        _image = FromTensor(image);
        var skips = new Stack<FeatureMap>();
        var features = _image;
        foreach (var (block, layers) in _layers.Encoder)
        {
            features = Run(block, layers, [features]);
            skips.Push(features);
        }

        skips.Pop(); // the bottleneck's output is not a skip connection
        var logits = new Tensor[_layers.Decoder.Length];
        for (var u = 0; u < logits.Length; u++)
        {
            var up = UpSample(_layers.UpSampling[u], features);
            Free(features);
            var skip = skips.Pop();
            features = Run(_layers.Decoder[u].Block, _layers.Decoder[u].Layers, [up, skip]);
            Free(up);
            Free(skip);
            logits[^(u + 1)] = Output(_layers.Outputs[u], features);
        }

        Free(features);
        return logits;
    }

    private FeatureMap Run(Block block, ConvolutionLayer<T>[] layers, FeatureMap[] inputs)
    {
        var pass = new BlockPass<T>(this, block, layers, inputs);
        if (_record)
        {
            _backward.Push(pass.Backward);
        }
        else
        {
            pass.Release();
        }

        return pass.Output;
    }

    private FeatureMap UpSample((ConvolutionLayer<T> Layer, ConvTranspose3d Module) upSampling, FeatureMap input)
    {
        var up = (upSampling.Layer, Weights: upSampling.Module.weight);
        var shape = up.Layer.Shape;
        var output = new FeatureMap(shape.Fine, shape.FineChannels, Rent(shape.Fine, shape.FineChannels));
        up.Layer.Forward(Source([input]), ParameterMemory.Floats(up.Weights), output.Values.Data, null, Pool);
        if (_record)
        {
            _backward.Push(() =>
            {
                if (output.Gradient is not null)
                {
                    Backward(up, input, new InputView<T>(shape.Fine, output.Gradient.Data, shape.FineChannels));
                }

                output.Release(Pool);
            });
        }

        return output;
    }

    private Tensor Output(OutputLayer<T> output, FeatureMap input)
    {
        var (shape, weights) = (output.Layer.Shape, output.Weights);
        using var channelsLast = empty([Samples, shape.Coarse.Z, shape.Coarse.Y, shape.Coarse.X, shape.CoarseChannels], float32);
        output.Layer.Forward(Source([input]), ParameterMemory.Floats(weights), (byte*)ParameterMemory.Floats(channelsLast), null, Pool);
        if (_record)
        {
            _backward.Push(() =>
            {
                if (output.Gradient is null)
                {
                    return;
                }

                var gradient = FromTensor(output.Gradient);
                Backward((output.Layer, weights), input, Source([gradient]));
                gradient.Release(Pool);
            });
        }

        return channelsLast.permute(0, 4, 1, 2, 3);
    }

    private void Backward((ConvolutionLayer<T> Layer, Parameter Weights) convolution, FeatureMap input, InputView<T> gradient)
    {
        var (layer, weights) = convolution;
        if (weights.requires_grad)
        {
            layer.BackwardWeights(Source([input]), gradient, Parameters.Gradient(weights), Pool);
        }

        BackwardData(layer, gradient, weights, [input]);
    }

    private void Free(FeatureMap feature)
    {
        if (!_record)
        {
            feature.Release(Pool);
        }
    }

    private FeatureMap FromTensor(Tensor values)
    {
        using var scope = NewDisposeScope();
        var size = values.shape;
        var (grid, channels) = (new Shape3((int)size[2], (int)size[3], (int)size[4]), (int)size[1]);
        var channelsLast = values.detach().to(float32).permute(0, 2, 3, 4, 1).contiguous();
        var (source, buffer) = ((nint)ParameterMemory.Floats(channelsLast), Rent(grid, channels));
        var count = channelsLast.numel();
        for (var i = 0L; i < count; i++)
        {
            T.Store(buffer.Data + (i * T.Size), ((float*)source)[i]);
        }

        return new(grid, channels, buffer);
    }
}

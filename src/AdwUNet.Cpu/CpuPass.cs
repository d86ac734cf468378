using AdwUNet.Imaging;
using AdwUNet.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AdwUNet.Cpu;

/// <summary>One pass of a batch through an <see cref="EncoderDecoder"/> on a CPU's kernels, and the way back.</summary>
internal sealed unsafe class CpuPass<T> : IDisposable
    where T : struct, IElement
{
    private readonly CpuLayers<T> _layers;
    private readonly bool _record;
    private readonly Stack<Action> _back = new();
    private readonly List<(Tensor Sample, double[] Gradient)> _sampled = [];
    private Feature? _image;

    /// <summary>Goes forward.</summary>
    /// <param name="layers">The network's plans for the image's size.</param>
    /// <param name="image">[N, C, D, H, W].</param>
    /// <param name="pool">Where memory comes from.</param>
    /// <param name="record">Whether to keep what the way back needs.</param>
    public CpuPass(CpuLayers<T> layers, Tensor image, BufferPool pool, bool record)
    {
        (_layers, Pool, _record) = (layers, pool, record);
        Logits = Forward(image);
    }

    /// <summary>Logits of every resolution, finest first, float32 [N, classes, D, H, W].</summary>
    public Tensor[] Logits { get; }

    /// <summary>Where memory comes from.</summary>
    public BufferPool Pool { get; }

    /// <summary>The gradients that the way back writes.</summary>
    public ParameterMemory Parameters { get; } = new();

    private int Samples => _layers.Samples;

    /// <summary>Goes back, and replaces the gradients of all parameters that require one.</summary>
    /// <param name="gradients">Of the logits; null where the loss does not depend on them.</param>
    public void Backward(Tensor?[] gradients)
    {
        for (var u = 0; u < gradients.Length; u++)
        {
            _layers.Outputs[u].Gradient = gradients[^(u + 1)];
        }

        while (_back.TryPop(out var step))
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
                    // A tensor of an array lies wherever the array does, and on that the last digits of libtorch's products depend.
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

    /// <summary>Memory for a feature.</summary>
    public NativeBuffer Rent(Shape3 grid, int channels) => Pool.Rent(Samples * grid.Count * channels * T.Size);

    /// <summary>Remembers the gradient of something sampled, to be passed on to the parameters behind it.</summary>
    public void AddSampled(Tensor? sample, double[] gradient)
    {
        if (sample is not null)
        {
            _sampled.Add((sample, gradient));
        }
    }

    /// <summary>Whether a feature's gradient is asked for: that of any but the image.</summary>
    public bool NeedsGradient(Feature feature) => feature != _image;

    /// <summary>One or two features as what a convolution reads.</summary>
    public static VoxelSource<T> Source(Feature[] features) => features.Length == 1
        ? new(features[0].Grid, features[0].Values.Data, features[0].Channels)
        : new(features[0].Grid, features[0].Values.Data, features[0].Channels, features[1].Values.Data, features[1].Channels);

    /// <summary>Adds a layer's gradient with respect to its inputs to theirs.</summary>
    public void BackToInputs(ConvolutionLayer<T> layer, VoxelSource<T> gradient, Parameter weights, Feature[] inputs)
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

        layer.InputGradient(gradient, ParameterMemory.Floats(weights), [.. inputs.Select(input => (nint)input.Gradient!.Data)], add, Pool);
    }

    private Tensor[] Forward(Tensor image)
    {
        _image = FromTensor(image);
        var skips = new Stack<Feature>();
        var features = _image;
        foreach (var (chain, layers) in _layers.Encoder)
        {
            features = Block(chain, layers, [features]);
            skips.Push(features);
        }

        skips.Pop(); // the bottleneck's output goes on, it is no skip
        var logits = new Tensor[_layers.Decoder.Length];
        for (var u = 0; u < logits.Length; u++)
        {
            var up = UpSample(_layers.UpSampling[u], features);
            Free(features);
            var skip = skips.Pop();
            features = Block(_layers.Decoder[u].Chain, _layers.Decoder[u].Layers, [up, skip]);
            Free(up);
            Free(skip);
            logits[^(u + 1)] = Output(_layers.Outputs[u], features);
        }

        Free(features);
        return logits;
    }

    private Feature Block(Block chain, ConvolutionLayer<T>[] layers, Feature[] inputs)
    {
        var block = new CpuBlock<T>(this, chain, layers, inputs);
        if (_record)
        {
            _back.Push(block.Backward);
        }
        else
        {
            block.Release();
        }

        return block.Output;
    }

    private Feature UpSample((ConvolutionLayer<T> Layer, ConvTranspose3d Module) upSampling, Feature input)
    {
        var up = (upSampling.Layer, Weights: upSampling.Module.weight);
        var shape = up.Layer.Shape;
        var output = new Feature(shape.Fine, shape.FineChannels, Rent(shape.Fine, shape.FineChannels));
        up.Layer.Forward(Source([input]), ParameterMemory.Floats(up.Weights), output.Values.Data, null, Pool);
        if (_record)
        {
            _back.Push(() =>
            {
                if (output.Gradient is not null)
                {
                    Backward(up, input, new VoxelSource<T>(shape.Fine, output.Gradient.Data, shape.FineChannels));
                }

                output.Release(Pool);
            });
        }

        return output;
    }

    private Tensor Output(OutputLayer<T> output, Feature input)
    {
        var (shape, weights) = (output.Layer.Shape, output.Weights);
        using var voxelsLast = empty([Samples, shape.Coarse.Z, shape.Coarse.Y, shape.Coarse.X, shape.CoarseChannels], float32);
        output.Layer.Forward(Source([input]), ParameterMemory.Floats(weights), (byte*)ParameterMemory.Floats(voxelsLast), null, Pool);
        if (_record)
        {
            _back.Push(() =>
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

        return voxelsLast.permute(0, 4, 1, 2, 3);
    }

    private void Backward((ConvolutionLayer<T> Layer, Parameter Weights) convolution, Feature input, VoxelSource<T> gradient)
    {
        var (layer, weights) = convolution;
        if (weights.requires_grad)
        {
            layer.WeightGradient(Source([input]), gradient, Parameters.Gradient(weights), Pool);
        }

        BackToInputs(layer, gradient, weights, [input]);
    }

    private void Free(Feature feature)
    {
        if (!_record)
        {
            feature.Release(Pool);
        }
    }

    private Feature FromTensor(Tensor values)
    {
        using var scope = NewDisposeScope();
        var size = values.shape;
        var (grid, channels) = (new Shape3((int)size[2], (int)size[3], (int)size[4]), (int)size[1]);
        var voxelsLast = values.detach().to(float32).permute(0, 2, 3, 4, 1).contiguous();
        var (source, buffer) = ((nint)ParameterMemory.Floats(voxelsLast), Rent(grid, channels));
        var numbers = voxelsLast.numel();
        for (var i = 0L; i < numbers; i++)
        {
            T.Store(buffer.Data + (i * T.Size), ((float*)source)[i]);
        }

        return new(grid, channels, buffer);
    }
}

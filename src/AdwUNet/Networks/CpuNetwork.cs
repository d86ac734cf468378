using AdwUNet.Cpu;
using AdwUNet.Imaging;
using static TorchSharp.torch;

namespace AdwUNet.Networks;

/// <summary>An <see cref="EncoderDecoder"/> computed by kernels that are assembled for this CPU, in one precision.</summary>
internal interface ICpuNetwork : IDisposable
{
    /// <summary>Logits without a way back, finest first.</summary>
    Tensor[] Forward(Tensor image);

    /// <summary>A loss of the logits; replaces the gradients of all parameters that require one.</summary>
    Tensor Backward(Tensor image, Func<Tensor[], Tensor> loss);
}

/// <inheritdoc cref="ICpuNetwork"/>
internal sealed class CpuNetwork<T>(EncoderDecoder network) : ICpuNetwork
    where T : struct, IElement
{
    private const int MostSizes = 4; // patches of a training and of a prediction, whole batches and last ones
    private readonly BufferPool _pool = new();
    private readonly Dictionary<(int Samples, Shape3 Size), CpuLayers<T>> _layers = [];

    public Tensor[] Forward(Tensor image)
    {
        using var pass = new CpuPass<T>(Layers(image), image, _pool, record: false);
        return pass.Logits;
    }

    public Tensor Backward(Tensor image, Func<Tensor[], Tensor> loss)
    {
        using var scope = NewDisposeScope();
        using var pass = new CpuPass<T>(Layers(image), image, _pool, record: true);
        var logits = Array.ConvertAll(pass.Logits, output => output.requires_grad_());
        var value = loss(logits);
        value.backward();
        pass.Backward(Array.ConvertAll(logits, output => output.grad));
        return value.detach().MoveToOuterDisposeScope();
    }

    public void Dispose() => _pool.Dispose();

    private CpuLayers<T> Layers(Tensor image)
    {
        if (image.dim() != 5 || image.shape[1] != network.InputChannels)
        {
            throw new ArgumentException($"The network takes images [N, {network.InputChannels}, D, H, W], not [{string.Join(", ", image.shape)}].");
        }

        var key = ((int)image.shape[0], new Shape3((int)image.shape[2], (int)image.shape[3], (int)image.shape[4]));
        if (!_layers.TryGetValue(key, out var layers))
        {
            if (_layers.Count == MostSizes)
            {
                _layers.Clear();
            }

            _layers[key] = layers = new(network, key.Item1, key.Item2);
        }

        return layers;
    }
}

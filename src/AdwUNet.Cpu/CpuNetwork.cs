using AdwUNet.Imaging;
using AdwUNet.Networks;
using static TorchSharp.torch;

namespace AdwUNet.Cpu;

/// <summary>The passes of an <see cref="EncoderDecoder"/> by kernels that are assembled for this CPU, in one precision.</summary>
internal sealed class CpuNetwork<T>(EncoderDecoder network) : INetworkPasses
    where T : struct, IElement
{
    private const int MostSizes = 4; // patches of a training and of a prediction, whole batches and last ones
    private readonly Lock _one = new(); // a pass at a time: passes share memory and plans
    private readonly BufferPool _pool = new();
    private readonly Dictionary<(int Samples, Shape3 Size), CpuLayers<T>> _layers = [];

    public Tensor[] Forward(Tensor image)
    {
        using var alone = _one.EnterScope();
        try
        {
            using var pass = new CpuPass<T>(Layers(image), image, _pool, record: false);
            return pass.Logits;
        }
        catch
        {
            _pool.ReturnAll();
            throw;
        }
    }

    public Tensor Backward(Tensor image, Func<Tensor[], Tensor> loss)
    {
        using var alone = _one.EnterScope();
        using var scope = NewDisposeScope();
        try
        {
            using var pass = new CpuPass<T>(Layers(image), image, _pool, record: true);
            var leaves = Array.ConvertAll(pass.Logits, output => output.requires_grad_());
            using var direct = new DirectGradients(network.parameters());
            var value = loss(Array.ConvertAll(leaves, leaf => leaf.contiguous())); // as libtorch's are, and free to be changed in place
            value.backward();
            direct.SetAside();
            pass.Backward(Array.ConvertAll(leaves, leaf => leaf.grad));
            direct.Add();
            return value.detach().MoveToOuterDisposeScope();
        }
        catch
        {
            _pool.ReturnAll();
            throw;
        }
    }

    public void Dispose() => _pool.Dispose();

    private CpuLayers<T> Layers(Tensor image)
    {
        if (image.dim() != 5 || image.shape[1] != network.InputChannels || image.numel() == 0)
        {
            throw new ArgumentException($"The network takes images [N, {network.InputChannels}, D, H, W] with voxels, not [{string.Join(", ", image.shape)}].");
        }

        var key = ((int)image.shape[0], new Shape3((int)image.shape[2], (int)image.shape[3], (int)image.shape[4]));
        if (!_layers.TryGetValue(key, out var layers))
        {
            if (_layers.Count == MostSizes)
            {
                _layers.Clear();
                _pool.Dispose(); // they fit no other size
            }

            _layers[key] = layers = new(network, key.Item1, key.Item2);
        }

        return layers;
    }
}

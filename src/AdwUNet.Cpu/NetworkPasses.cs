using AdwUNet.Imaging;
using AdwUNet.Networks;
using static TorchSharp.torch;

namespace AdwUNet.Cpu;

/// <summary>
/// Forward and backward passes of an <see cref="EncoderDecoder"/> in one precision. Calls from several threads run one after the other.
/// </summary>
internal sealed class NetworkPasses<T>(EncoderDecoder network) : INetworkPasses
    where T : struct, IStorageFormat
{
    private const int MaxSizes = 4; // patches of training and prediction, whole and last batches
    private readonly Lock _one = new(); // passes share memory and plans
    private readonly BufferPool _pool = new();
    private readonly Dictionary<(int Samples, Shape3 Size), LayerPlans<T>> _layers = [];

    public Tensor[] Forward(Tensor image)
    {
        using var alone = _one.EnterScope();
        try
        {
            using var pass = new NetworkPass<T>(Layers(image), image, _pool, record: false);
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
            using var pass = new NetworkPass<T>(Layers(image), image, _pool, record: true);
            var leaves = Array.ConvertAll(pass.Logits, output => output.requires_grad_());
            using var direct = new PenaltyGradients(network.parameters());
            var value = loss(Array.ConvertAll(leaves, leaf => leaf.contiguous())); // contiguous like libtorch's logits, and not a leaf: the loss may change it in place
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

    private LayerPlans<T> Layers(Tensor image)
    {
        if (image.dim() != 5 || image.shape[1] != network.InputChannels || image.numel() == 0)
        {
            throw new ArgumentException($"The network takes images [N, {network.InputChannels}, D, H, W] with voxels, not [{string.Join(", ", image.shape)}].");
        }

        var key = ((int)image.shape[0], new Shape3((int)image.shape[2], (int)image.shape[3], (int)image.shape[4]));
        if (!_layers.TryGetValue(key, out var layers))
        {
            if (_layers.Count == MaxSizes)
            {
                _layers.Clear();
                _pool.Dispose(); // these buffers fit no other size
            }

            _layers[key] = layers = new(network, key.Item1, key.Item2);
        }

        return layers;
    }
}

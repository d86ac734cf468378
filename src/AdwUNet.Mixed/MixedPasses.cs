using AdwUNet.Networks;
using static TorchSharp.torch;

namespace AdwUNet.Mixed;

/// <summary>Forward and backward passes of a network in given number formats.</summary>
internal sealed class MixedPasses(EncoderDecoder network, Formats formats, long chunkValues = Chunks.DefaultValues) : INetworkPasses
{
    private readonly NetworkLayers _layers = new(network);
    private readonly Lock _one = new(); // gradients of parameters are shared

    /// <summary>Called after the forward pass of <see cref="Backward"/>.</summary>
    internal Action<MixedPass>? AfterForward { get; init; }

    /// <inheritdoc/>
    public Tensor[] Forward(Tensor image)
    {
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        using var pass = new MixedPass(_layers, formats, record: false, chunkValues);
        return [.. pass.Forward(image).Select(output => output.MoveToOuterDisposeScope())];
    }

    /// <inheritdoc/>
    public Tensor Backward(Tensor image, Func<Tensor[], Tensor> loss)
    {
        using var alone = _one.EnterScope();
        using var scope = NewDisposeScope();
        using var pass = new MixedPass(_layers, formats, record: true, chunkValues);
        Tensor[] leaves;
        using (no_grad())
        {
            leaves = Array.ConvertAll(pass.Forward(image), output => output.requires_grad_());
            AfterForward?.Invoke(pass);
            MultiTensorSteps.Clear([.. network.parameters().Where(parameter => parameter.requires_grad).Select(parameter => parameter.grad).OfType<Tensor>()]);
        }

        using var gradients = enable_grad();
        var value = loss(Array.ConvertAll(leaves, leaf => leaf.clone())); // not a leaf: the loss may change it in place
        value.backward(); // also the gradients that the loss gives to parameters directly
        using var quiet = no_grad();
        pass.Backward(Array.ConvertAll(leaves, leaf => leaf.grad));
        return value.detach().MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}

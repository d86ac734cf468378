using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace AdwUNet.Networks;

/// <summary>
/// A segmentation network: from an image to logits at several resolutions. Loss, training and prediction treat supernets and derived U-Nets alike.
/// </summary>
public abstract class SegmentationNetwork : Module<Tensor, Tensor[]>
{
    /// <summary>Creates the network.</summary>
    /// <param name="name">The module's name.</param>
    /// <exception cref="DeviceException">libtorch computes convolutions wrongly on this CPU, and no workaround helps.</exception>
    protected SegmentationNetwork(string name)
        : base(name) => OneDnnCaches.Mend();

    /// <summary>Number of input channels.</summary>
    public abstract int InputChannels { get; }

    /// <summary>Number of outputs: classes, background included, or regions.</summary>
    public abstract int ClassCount { get; }

    /// <summary>Whether an output is a region, which may overlap with others, instead of a class.</summary>
    public virtual bool HasRegions => false;

    /// <summary>Computes the logits of every resolution, for deep supervision.</summary>
    /// <param name="image">Image patches, [N, C, D, H, W].</param>
    /// <returns>Logits, finest first: [N, classes, D, H, W], then each coarser by its pool kernel. The caller disposes them.</returns>
    public abstract override Tensor[] forward(Tensor image);

    /// <summary>Probabilities in float32: the softmax over classes; of regions, each one's sigmoid.</summary>
    /// <param name="logits">[N, outputs, ...].</param>
    public Tensor Probabilities(Tensor logits) => HasRegions ? logits.to(float32).sigmoid() : functional.softmax(logits, 1, ScalarType.Float32);

    /// <summary>Computes a loss of the logits and its gradients. They replace the gradients of all parameters that require one.</summary>
    /// <param name="image">Image patches, [N, C, D, H, W].</param>
    /// <param name="loss">Computes a scalar from the logits, finest first.</param>
    /// <returns>The loss, detached.</returns>
    public virtual Tensor Backward(Tensor image, Func<Tensor[], Tensor> loss)
    {
        using var scope = NewDisposeScope();
        foreach (var parameter in parameters().Where(p => p.requires_grad))
        {
            parameter.grad?.zero_();
        }

        var value = loss(forward(image));
        value.backward();
        return value.detach().MoveToOuterDisposeScope();
    }
}

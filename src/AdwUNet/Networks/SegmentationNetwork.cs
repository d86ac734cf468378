using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace AdwUNet.Networks;

/// <summary>
/// A network that segments: image in, logits per resolution out. Supernets and derived U-Nets are both of this kind, so
/// loss, trainer and predictor need not know which of the two they hold.
/// </summary>
public abstract class SegmentationNetwork : Module<Tensor, Tensor[]>
{
    /// <summary>Creates the network.</summary>
    /// <param name="name">The module's name.</param>
    /// <exception cref="DeviceException">Convolutions are wrong on this CPU, and no mend is known.</exception>
    protected SegmentationNetwork(string name)
        : base(name) => OneDnnCaches.Mend();

    /// <summary>Number of input channels.</summary>
    public abstract int InputChannels { get; }

    /// <summary>Number of classes, background included.</summary>
    public abstract int ClassCount { get; }

    /// <summary>Logits of every resolution for deep supervision.</summary>
    /// <param name="image">Image patches, [N, C, D, H, W].</param>
    /// <returns>Logits, finest first: [N, classes, D, H, W], then each coarser by its pool kernel. The caller disposes them.</returns>
    public abstract override Tensor[] forward(Tensor image);
}

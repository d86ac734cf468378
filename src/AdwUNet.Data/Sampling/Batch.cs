using static TorchSharp.torch;

namespace AdwUNet.Sampling;

/// <summary>One batch of patches with the targets of every resolution. Disposing it frees its tensors.</summary>
/// <param name="Image">Float32, [N, C, D, H, W].</param>
/// <param name="Targets">Class indices, or the ignore label, as int64, finest first: [N, D, H, W], then each coarser by the plan's pool kernels.</param>
public sealed record Batch(Tensor Image, IReadOnlyList<Tensor> Targets) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        Image.Dispose();
        foreach (var target in Targets)
        {
            target.Dispose();
        }
    }
}

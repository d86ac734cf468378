using AdwUNet.Benchmarks.Measuring;
using AdwUNet.Cpu;
using AdwUNet.Sampling;

namespace AdwUNet.Benchmarks.Layers;

/// <summary>Seconds of the three passes of one convolution by itself.</summary>
/// <param name="Name">Which.</param>
/// <param name="Shape">Its grids and channels.</param>
/// <param name="IsUp">Whether it goes from the coarse grid to the fine one.</param>
internal sealed record LayerTimes(string Name, ConvolutionShape Shape, bool IsUp)
{
    /// <summary>Seconds from input to output.</summary>
    public Samples Forward { get; } = new();

    /// <summary>Seconds for the gradient with respect to the input; none for the layer that reads the image.</summary>
    public Samples Input { get; } = new();

    /// <summary>Seconds for the gradient with respect to the weights.</summary>
    public Samples Weights { get; } = new();

    /// <summary>Operations of one pass.</summary>
    public double Flops => 2.0 * Shape.Batch * Shape.Coarse.Count * Shape.Taps * Shape.FineChannels * Shape.CoarseChannels;
}

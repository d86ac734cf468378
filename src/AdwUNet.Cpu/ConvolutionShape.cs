using AdwUNet.Imaging;

namespace AdwUNet.Cpu;

/// <summary>
/// A strided convolution as a relation between a fine and a coarse grid. Downwards it is a convolution, upwards a transposed one;
/// each is the other's gradient with respect to its input, so both kinds of layer are one shape used in the two directions.
/// Its weights are [coarse channels, fine channels, kernel z, y, x], which is PyTorch's order for both.
/// </summary>
/// <param name="Batch">Samples.</param>
/// <param name="Fine">Voxels of the fine grid.</param>
/// <param name="FineChannels">Channels there.</param>
/// <param name="CoarseChannels">Channels of the coarse grid.</param>
/// <param name="Kernel">The kernel.</param>
/// <param name="Stride">Fine voxels from one coarse voxel to the next.</param>
/// <param name="Padding">Zeros before and after the fine grid.</param>
internal sealed record ConvolutionShape(
    int Batch, Shape3 Fine, int FineChannels, int CoarseChannels, Shape3 Kernel, Shape3 Stride, Shape3 Padding)
{
    /// <summary>Voxels of the coarse grid.</summary>
    public Shape3 Coarse { get; } = new(
        Coarsened(Fine.Z, Kernel.Z, Stride.Z, Padding.Z), Coarsened(Fine.Y, Kernel.Y, Stride.Y, Padding.Y), Coarsened(Fine.X, Kernel.X, Stride.X, Padding.X));

    /// <summary>Weights of a pair of channels.</summary>
    public int Taps => (int)Kernel.Count;

    private static int Coarsened(int fine, int kernel, int stride, int padding) => ((fine + (2 * padding) - kernel) / stride) + 1;
}

/// <summary>Which of a kernel's taps along one axis reach an output, in ascending order of the input voxels that they meet.</summary>
/// <param name="Offset">The first input voxel, from the position of the output times the input's step.</param>
/// <param name="Count">Neighbouring input voxels.</param>
/// <param name="FirstTap">The kernel's index that meets the first.</param>
/// <param name="TapStep">From there to the next.</param>
internal readonly record struct AxisTaps(int Offset, int Count, int FirstTap, int TapStep)
{
    /// <summary>Downwards: all of them.</summary>
    public static AxisTaps Down(int kernel, int padding) => new(-padding, kernel, 0, 1);

    /// <summary>
    /// Upwards, for the fine voxels stride · j + phase: fine voxel f meets coarse voxel c with tap f + padding − stride · c.
    /// </summary>
    public static AxisTaps Up(int kernel, int stride, int padding, int phase)
    {
        var residue = (phase + padding) % stride;
        var count = residue < kernel ? ((kernel - 1 - residue) / stride) + 1 : 0;
        var last = residue + (stride * (count - 1));
        return new((phase + padding - last) / stride, count, last, -stride);
    }
}

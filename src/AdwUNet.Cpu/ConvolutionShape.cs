using AdwUNet.Imaging;

namespace AdwUNet.Cpu;

/// <summary>
/// A strided convolution, seen as a relation between a fine and a coarse grid. From fine to coarse it is a convolution, from coarse to fine a
/// transposed convolution. Each is the backward-data pass of the other, so one shape describes both kinds of layers. The weights are [coarse
/// channels, fine channels, kernel z, y, x], which is PyTorch's order for both kinds.
/// </summary>
/// <param name="Batch">Number of samples.</param>
/// <param name="Fine">Voxels of the fine grid.</param>
/// <param name="FineChannels">Channels of the fine grid.</param>
/// <param name="CoarseChannels">Channels of the coarse grid.</param>
/// <param name="Kernel">Kernel size.</param>
/// <param name="Stride">Fine voxels from one coarse voxel to the next.</param>
/// <param name="Padding">Zero padding of the fine grid, on either side.</param>
internal sealed record ConvolutionShape(
    int Batch, Shape3 Fine, int FineChannels, int CoarseChannels, Shape3 Kernel, Shape3 Stride, Shape3 Padding)
{
    /// <summary>Voxels of the coarse grid.</summary>
    public Shape3 Coarse { get; } = new(
        Coarsened(Fine.Z, Kernel.Z, Stride.Z, Padding.Z), Coarsened(Fine.Y, Kernel.Y, Stride.Y, Padding.Y), Coarsened(Fine.X, Kernel.X, Stride.X, Padding.X));

    /// <summary>Kernel taps: weights for each pair of channels.</summary>
    public int Taps => (int)Kernel.Count;

    private static int Coarsened(int fine, int kernel, int stride, int padding) => ((fine + (2 * padding) - kernel) / stride) + 1;
}

/// <summary>The kernel taps that contribute to an output along one axis, in ascending order of their input voxels.</summary>
/// <param name="Offset">The first input voxel, relative to the position of the output times the step of the input.</param>
/// <param name="Count">Number of taps, which is the number of consecutive input voxels.</param>
/// <param name="FirstTap">Kernel index of the tap of the first input voxel.</param>
/// <param name="TapStep">Difference of the kernel indices of neighbouring input voxels.</param>
internal readonly record struct AxisTaps(int Offset, int Count, int FirstTap, int TapStep)
{
    /// <summary>From the fine to the coarse grid: all taps.</summary>
    public static AxisTaps Down(int kernel, int padding) => new(-padding, kernel, 0, 1);

    /// <summary>
    /// From the coarse to the fine grid, for the fine voxels stride · j + phase. Tap f + padding − stride · c connects fine voxel f with coarse voxel
    /// c.
    /// </summary>
    public static AxisTaps Up(int kernel, int stride, int padding, int phase)
    {
        var residue = (phase + padding) % stride;
        var count = residue < kernel ? ((kernel - 1 - residue) / stride) + 1 : 0;
        var last = residue + (stride * (count - 1));
        return new((phase + padding - last) / stride, count, last, -stride);
    }
}

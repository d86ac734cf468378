using AdwUNet.Imaging;

namespace AdwUNet.Cpu;

/// <summary>
/// One phase of the polyphase decomposition of a <see cref="ConvolutionPass{T}"/>: the outputs whose coordinates have the same remainder modulo the
/// output step. The same taps contribute to all of them. A pass from the fine to the coarse grid has one phase.
/// </summary>
internal sealed class Phase<T>
    where T : struct, IStorageFormat
{
    public Phase(ConvolutionPass<T> pass, Shape3 remainder, AxisTaps z, AxisTaps y, AxisTaps x)
    {
        (Remainder, Z, Y, X) = (remainder, z, y, x);
        Taps = z.Count * y.Count * x.Count;
        Positions = Shape3.From([.. Enumerable.Range(0, 3).Select(axis =>
            (pass.OutputGrid[axis] - remainder[axis] + pass.OutputStep[axis] - 1) / pass.OutputStep[axis])]);
        Steps = ((x.Count * pass.InputChannels) + T.PerStep - 1) / T.PerStep;
        // If the grid has one voxel, only the first phase has outputs.
        Blocks = Positions.Count == 0 ? [] : ColumnBlock.Divide(pass.Targets, Positions.Y, Positions.X, z.Count * y.Count * Steps);
        PanelBytes = Blocks.Sum(block => block.PanelBytes);
    }

    /// <summary>The coordinates modulo <see cref="ConvolutionPass{T}.OutputStep"/>.</summary>
    public Shape3 Remainder { get; }

    public AxisTaps Z { get; }

    public AxisTaps Y { get; }

    public AxisTaps X { get; }

    public int Taps { get; }

    /// <summary>Number of outputs along each axis.</summary>
    public Shape3 Positions { get; }

    /// <summary>Steps of a segment, which is a run of neighbouring input voxels.</summary>
    public int Steps { get; }

    public ColumnBlock[] Blocks { get; }

    /// <summary>Bytes of the packed weights of this phase.</summary>
    public long PanelBytes { get; }
}

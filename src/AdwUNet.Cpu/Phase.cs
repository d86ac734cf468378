using AdwUNet.Imaging;

namespace AdwUNet.Cpu;

/// <summary>The outputs of a <see cref="ConvolutionPass{T}"/> whose coordinates leave the same remainders: they meet the same taps.</summary>
internal sealed class Phase<T>
    where T : struct, IElement
{
    public Phase(ConvolutionPass<T> pass, Shape3 remainder, AxisTaps z, AxisTaps y, AxisTaps x)
    {
        (Remainder, Z, Y, X) = (remainder, z, y, x);
        Taps = z.Count * y.Count * x.Count;
        Positions = Shape3.From([.. Enumerable.Range(0, 3).Select(axis =>
            (pass.OutputGrid[axis] - remainder[axis] + pass.OutputStep[axis] - 1) / pass.OutputStep[axis])]);
        Steps = ((x.Count * pass.InputChannels) + T.PerStep - 1) / T.PerStep;
        // A grid of one voxel has none of the others.
        Blocks = Positions.Count == 0 ? [] : ColumnBlock.Divide(pass.Targets, Positions.Y, Positions.X, z.Count * y.Count * Steps);
        PanelBytes = Blocks.Sum(block => block.PanelBytes);
    }

    /// <summary>The coordinates modulo the output's step.</summary>
    public Shape3 Remainder { get; }

    public AxisTaps Z { get; }

    public AxisTaps Y { get; }

    public AxisTaps X { get; }

    public int Taps { get; }

    /// <summary>Outputs along each axis.</summary>
    public Shape3 Positions { get; }

    /// <summary>Steps of a run of neighbouring input voxels.</summary>
    public int Steps { get; }

    public ColumnBlock[] Blocks { get; }

    /// <summary>Bytes of its weights as tiles read them.</summary>
    public long PanelBytes { get; }
}

using AdwUNet.Imaging;

namespace AdwUNet.Cpu;

/// <summary>The outputs of a <see cref="ConvolutionPass{T}"/> whose coordinates leave the same remainders: they meet the same taps.</summary>
internal sealed class Phase<T>
    where T : struct, IElement
{
    private const int PanelVectorBytes = 64;

    public Phase(ConvolutionPass<T> pass, Shape3 remainder, AxisTaps z, AxisTaps y, AxisTaps x)
    {
        (Remainder, Z, Y, X) = (remainder, z, y, x);
        Taps = z.Count * y.Count * x.Count;
        Positions = Shape3.From([.. Enumerable.Range(0, 3).Select(axis =>
            (pass.OutputGrid[axis] - remainder[axis] + pass.OutputStep[axis] - 1) / pass.OutputStep[axis])]);
        Steps = ((x.Count * pass.InputChannels) + T.PerStep - 1) / T.PerStep;
        var blocks = new List<ColumnBlock>();
        var targets = Positions.Count == 0 ? 0 : pass.Targets.Length; // a grid of one voxel has none of the others
        for (int target = 0, channel = 0; target < targets; channel += pass.Targets[target], target++)
        {
            var inTarget = 0;
            var tiling = Tiling.Of(Positions.Y, Positions.X, pass.Targets[target]);
            foreach (var vectors in tiling.VectorsOfBlocks)
            {
                var columns = Math.Min(16 * vectors, pass.Targets[target] - inTarget);
                blocks.Add(new(target, inTarget, channel + inTarget, columns, vectors, tiling, PanelBytes));
                inTarget += columns;
                PanelBytes += (long)z.Count * y.Count * Steps * vectors * PanelVectorBytes;
            }
        }

        Blocks = [.. blocks];
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

/// <summary>Neighbouring output channels that a tile computes together.</summary>
/// <param name="Target">Which array they go to.</param>
/// <param name="TargetChannel">The first, counted in that array.</param>
/// <param name="Channel">The first, counted in all.</param>
/// <param name="Columns">How many.</param>
/// <param name="Vectors">Vectors of 16 that hold them.</param>
/// <param name="Tiling">The tiles of voxels.</param>
/// <param name="PanelOffset">Where the weights begin, in bytes from those of the phase.</param>
internal sealed record ColumnBlock(int Target, int TargetChannel, int Channel, int Columns, int Vectors, Tiling Tiling, long PanelOffset);

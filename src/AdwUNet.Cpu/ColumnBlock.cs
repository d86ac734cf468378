namespace AdwUNet.Cpu;

/// <summary>Neighbouring output channels that a tile computes together.</summary>
/// <param name="Target">Which array they go to.</param>
/// <param name="TargetChannel">The first, counted in that array.</param>
/// <param name="Channel">The first, counted in all.</param>
/// <param name="Columns">How many.</param>
/// <param name="Vectors">Vectors of 16 that hold them.</param>
/// <param name="Tiling">The tiles of voxels.</param>
/// <param name="PanelOffset">Where the weights begin, in bytes from those of the first block.</param>
/// <param name="PanelBytes">How many bytes they are.</param>
internal sealed record ColumnBlock(int Target, int TargetChannel, int Channel, int Columns, int Vectors, Tiling Tiling, long PanelOffset, long PanelBytes)
{
    private const int VectorBytes = 64;

    /// <summary>Divides all output channels.</summary>
    /// <param name="targets">Channels of the arrays that they go to.</param>
    /// <param name="rows">Rows of positions.</param>
    /// <param name="width">Positions of a row.</param>
    /// <param name="steps">Steps whose weights a block holds.</param>
    public static ColumnBlock[] Divide(int[] targets, int rows, int width, int steps)
    {
        var blocks = new List<ColumnBlock>();
        var offset = 0L;
        for (int target = 0, channel = 0; target < targets.Length; channel += targets[target], target++)
        {
            var inTarget = 0;
            var tiling = Tiling.Of(rows, width, targets[target]);
            foreach (var vectors in tiling.VectorsOfBlocks)
            {
                var columns = Math.Min(16 * vectors, targets[target] - inTarget);
                var bytes = (long)steps * vectors * VectorBytes;
                blocks.Add(new(target, inTarget, channel + inTarget, columns, vectors, tiling, offset, bytes));
                inTarget += columns;
                offset += bytes;
            }
        }

        return [.. blocks];
    }
}

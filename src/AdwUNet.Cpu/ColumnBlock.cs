namespace AdwUNet.Cpu;

/// <summary>Consecutive output channels that a tile computes together: the columns of its matrix product.</summary>
/// <param name="Target">Index of the output array.</param>
/// <param name="TargetChannel">The first channel, counted in that array.</param>
/// <param name="Channel">The first channel, counted over all arrays.</param>
/// <param name="Columns">Number of channels.</param>
/// <param name="Vectors">Number of vectors of 16 channels.</param>
/// <param name="Tiling">The tiles of voxels.</param>
/// <param name="PanelOffset">Offset of the block's weight panels in bytes, from those of the first block.</param>
/// <param name="PanelBytes">Size of the block's weight panels in bytes.</param>
internal sealed record ColumnBlock(int Target, int TargetChannel, int Channel, int Columns, int Vectors, Tiling Tiling, long PanelOffset, long PanelBytes)
{
    private const int VectorBytes = 64;

    /// <summary>Divides the output channels into column blocks.</summary>
    /// <param name="targets">Channels of each output array.</param>
    /// <param name="rows">Number of rows of positions.</param>
    /// <param name="width">Positions of a row.</param>
    /// <param name="steps">Number of steps of the matrix product, over all its segments.</param>
    public static ColumnBlock[] Divide(int[] targets, int rows, int width, int steps)
    {
        var blocks = new List<ColumnBlock>();
        var offset = 0L;
        for (int target = 0, channel = 0; target < targets.Length; channel += targets[target], target++)
        {
            var inTarget = 0;
            var tiling = Tiling.Fastest(rows, width, targets[target]);
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

namespace AdwUNet.Cpu;

/// <summary>The kernels of a <see cref="Tiling"/>: for each number of rows those of the tiles along them.</summary>
internal sealed class TileKernels
{
    private readonly TileKernel[][] _ofRows;

    /// <param name="tiling">The tiles.</param>
    /// <param name="shapeOf">Their kernels' shapes, by rows and width.</param>
    public TileKernels(Tiling tiling, Func<int, int, TileShape> shapeOf) => _ofRows =
    [
        .. Enumerable.Range(1, tiling.Rows).Select(rows => Array.ConvertAll(tiling.Widths, width => TileKernel.Of(shapeOf(rows, width)))),
    ];

    /// <summary>The kernels of the tiles along so many rows.</summary>
    public TileKernel[] Of(int rows) => _ofRows[rows - 1];
}

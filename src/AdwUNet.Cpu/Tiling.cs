namespace AdwUNet.Cpu;

/// <summary>How an output is divided into tiles whose sums fit into registers.</summary>
/// <param name="VectorsOfBlocks">Vectors of 16 channels of each column block.</param>
/// <param name="Rows">Rows of voxels in a tile.</param>
/// <param name="Widths">Voxels of a row in each of the tiles along x.</param>
internal sealed record Tiling(int[] VectorsOfBlocks, int Rows, int[] Widths)
{
    // Two multiply-adds and two loads per cycle. A multiply-add waits for the previous one into the same register.
    private const double PerCycle = 2;
    private const double Latency = 5;

    /// <summary>Chooses the tiling with the fewest estimated cycles.</summary>
    /// <param name="rows">Number of rows of voxels.</param>
    /// <param name="width">Voxels of a row.</param>
    /// <param name="channels">Number of output channels.</param>
    public static Tiling Fastest(int rows, int width, int channels)
    {
        var vectors = (channels + 15) / 16;
        return Enumerable.Range(1, Math.Min(TileKernel.MaxVectors, vectors)).Select(most => Of(rows, width, Split(vectors, most))).MinBy(t => t.Cycles(rows))!;
    }

    /// <summary>Splits a total into the fewest parts of at most a size; the parts differ by at most 1.</summary>
    public static int[] Split(int total, int most)
    {
        var parts = (total + most - 1) / most;
        return [.. Enumerable.Range(0, parts).Select(i => (total / parts) + (i < total % parts ? 1 : 0))];
    }

    private static Tiling Of(int rows, int width, int[] vectors)
    {
        var most = TileKernel.MaxRows(vectors[0]);
        return width > most ? new(vectors, 1, Split(width, most)) : new(vectors, Math.Min(rows, most / width), [width]);
    }

    private double Cycles(int rows) => VectorsOfBlocks.Sum(vectors => Widths.Sum(width =>
        (rows / Rows * CyclesOfTile(Rows * width, vectors)) + (rows % Rows > 0 ? CyclesOfTile(rows % Rows * width, vectors) : 0)));

    private static double CyclesOfTile(int size, int vectors)
    {
        var registers = vectors * TileKernel.RegistersPerVector;
        return Math.Max(Math.Max(size * registers, size + registers) / PerCycle, Latency);
    }
}

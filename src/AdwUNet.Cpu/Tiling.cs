
namespace AdwUNet.Cpu;

/// <summary>How an output of many voxels and channels is cut into tiles that fit into registers.</summary>
/// <param name="VectorsOfBlocks">Vectors of 16 channels of each block of columns.</param>
/// <param name="Rows">Rows of voxels in a tile.</param>
/// <param name="Widths">Voxels of a row in each tile along it.</param>
internal sealed record Tiling(int[] VectorsOfBlocks, int Rows, int[] Widths)
{
    private const int MostVectors = 4;

    // Two products and two loads a cycle; a product waits for the one before it into the same register.
    private const double PerCycle = 2;
    private const double Latency = 5;

    /// <summary>The fastest tiling.</summary>
    /// <param name="rows">Rows of voxels.</param>
    /// <param name="width">Voxels of a row.</param>
    /// <param name="channels">Columns of the output.</param>
    public static Tiling Of(int rows, int width, int channels)
    {
        var vectors = (channels + 15) / 16;
        return Enumerable.Range(1, Math.Min(MostVectors, vectors)).Select(most => Of(rows, width, Split(vectors, most))).MinBy(t => t.Cycles(rows))!;
    }

    /// <summary>As few parts as possible of at most a size, as equal as possible.</summary>
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
        (rows / Rows * OfTile(Rows * width, vectors)) + (rows % Rows > 0 ? OfTile(rows % Rows * width, vectors) : 0)));

    private static double OfTile(int size, int vectors) => Math.Max(Math.Max(size * vectors, size + vectors) / PerCycle, Latency);
}

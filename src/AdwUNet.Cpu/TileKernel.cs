using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace AdwUNet.Cpu;

/// <summary>
/// A matrix product whose output tile stays in registers: C[m, n] is the sum over segments e and steps k of A[m, e, k] · B[e, k, n]. A convolution is
/// such a product, in which a segment is a run of neighbouring voxels under the kernel.
/// </summary>
/// <remarks>
/// A step multiplies 4 bytes of each row of A, which are two bfloat16 values or one float32 value, by a panel of B, which has 4 bytes for each
/// column. Products are summed in float32.
/// </remarks>
#pragma warning disable CA1001 // kernels live as long as the process
internal sealed unsafe class TileKernel
#pragma warning restore CA1001
{
    private static readonly ConcurrentDictionary<string, TileKernel> All = new();
    private readonly MachineCode _code;

    private TileKernel(TileShape shape) => _code = new MachineCode(TileEmitter.Of(shape).Emit());

    /// <summary>The kernel of a shape. Each shape is assembled once per process.</summary>
    public static TileKernel Of(TileShape shape) => All.GetOrAdd(shape.Key, _ => new TileKernel(shape));

    /// <summary>The largest number of vectors of columns of which a tile with several rows fits into the registers.</summary>
    public static int MaxVectors => CpuFeatures.Avx512 ? 4 : 1;

    /// <summary>Vector registers that 16 columns take.</summary>
    public static int RegistersPerVector => CpuFeatures.Avx512 ? 1 : 2;

    /// <summary>Vector registers of the processor.</summary>
    public static int Registers => CpuFeatures.Avx512 ? Avx512TileEmitter.Registers : Avx2TileEmitter.Registers;

    /// <summary>The largest number of rows whose sums fit into the vector registers, beside one panel of B and one element of A.</summary>
    /// <param name="vectors">Columns in vectors of 16.</param>
    public static int MaxRows(int vectors) => (Registers - (vectors * RegistersPerVector) - 1) / (vectors * RegistersPerVector);

    /// <summary>
    /// Columns of the last vector that a kernel computes whose product may have more columns than those that are needed: all 16, or 8 if AVX2 can spare
    /// half of the work.
    /// </summary>
    /// <param name="needed">Columns of the last vector that are needed.</param>
    public static int ComputedColumns(int needed) => CpuFeatures.Avx512 || needed > 8 ? 16 : 8;

    /// <summary>Computes one tile.</summary>
    public void Run(Arguments* arguments) => ((delegate* unmanaged<Arguments*, void>)_code.EntryPoint)(arguments);

    /// <summary>The addresses of a segment, in bytes relative to A and B.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Segment
    {
        public nint A;
        public nint B;
    }

    /// <summary>The operands of a call.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Arguments
    {
        public byte* A;
        public byte* B;
        public byte* C;

        /// <summary>
        /// With <see cref="TileShape.Statistics"/>: the sums of the columns, then the sums of their squares. The kernel adds to them.
        /// </summary>
        public float* Sums;

        public Segment* Segments;
        public nint SegmentCount;
    }
}

/// <summary>The kernels of a <see cref="Tiling"/>.</summary>
internal sealed class TileKernels
{
    private readonly TileKernel[][] _ofRows;

    /// <summary>Creates the kernels of all tiles.</summary>
    /// <param name="tiling">The tiles.</param>
    /// <param name="shapeOf">The shape of a kernel, from the rows and the width of its tile.</param>
    public TileKernels(Tiling tiling, Func<int, int, TileShape> shapeOf) => _ofRows =
    [
        .. Enumerable.Range(1, tiling.Rows).Select(rows => Array.ConvertAll(tiling.Widths, width => TileKernel.Of(shapeOf(rows, width)))),
    ];

    /// <summary>The kernels of the tiles along x, for tiles of this number of rows.</summary>
    public TileKernel[] Of(int rows) => _ofRows[rows - 1];
}

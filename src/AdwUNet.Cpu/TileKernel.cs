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

    private TileKernel(TileShape shape) => _code = new MachineCode(new TileEmitter(shape).Emit());

    /// <summary>The kernel of a shape. Each shape is assembled once per process.</summary>
    public static TileKernel Of(TileShape shape) => All.GetOrAdd(shape.Key, _ => new TileKernel(shape));

    /// <summary>The largest number of rows whose sums fit into the 32 vector registers, beside one panel of B and one element of A.</summary>
    /// <param name="vectors">Columns in vectors of 16.</param>
    public static int MaxRows(int vectors) => (32 - vectors - 1) / vectors;

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

using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace AdwUNet.Cpu;

/// <summary>
/// A matrix product of one tile that stays in registers: for every row m and column n, C[m, n] is the sum over segments e and steps k of
/// A[m, e, k] · B[e, k, n]. A convolution is such a product where a segment is a run of neighbouring voxels under the kernel.
/// </summary>
/// <remarks>
/// A step multiplies 4 bytes of each row of A, that is two bfloat16 numbers or one float, with a panel of B: 16 columns a vector, each
/// as wide. All products are summed in single precision.
/// </remarks>
#pragma warning disable CA1001 // Kernels live as long as the process.
internal sealed unsafe class TileKernel
#pragma warning restore CA1001
{
    private static readonly ConcurrentDictionary<string, TileKernel> All = new();
    private readonly MachineCode _code;

    private TileKernel(TileShape shape) => _code = new MachineCode(new TileEmitter(shape).Emit());

    /// <summary>The kernel of a shape; assembled once a process.</summary>
    public static TileKernel Of(TileShape shape) => All.GetOrAdd(shape.Key, _ => new TileKernel(shape));

    /// <summary>The most rows that fit into the 32 vector registers beside a panel of B and one element of A.</summary>
    /// <param name="vectors">Columns in vectors of 16.</param>
    public static int MaxRows(int vectors) => (32 - vectors - 1) / vectors;

    /// <summary>Computes one tile.</summary>
    public void Run(Arguments* arguments) => ((delegate* unmanaged<Arguments*, void>)_code.EntryPoint)(arguments);

    /// <summary>One run of steps: where it begins, in bytes from the bases of A and B.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Segment
    {
        public nint A;
        public nint B;
    }

    /// <summary>Where the operands of a call lie.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Arguments
    {
        public byte* A;
        public byte* B;
        public byte* C;

        /// <summary>With <see cref="TileShape.Statistics"/>: the columns' sums, then the sums of their squares.</summary>
        public float* Sums;

        public Segment* Segments;
        public nint SegmentCount;
    }
}

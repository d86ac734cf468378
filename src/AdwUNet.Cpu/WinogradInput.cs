using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace AdwUNet.Cpu;

/// <summary>
/// Input transform of <see cref="Winograd"/> along y and x: Bᵀ d B of four rows, for each pair of outputs of two rows. Rows have 2 · pairs + 2 voxels; up
/// to 15 values behind the end are read. For each product a row with one voxel for each pair is written; up to 15 values behind each row are overwritten.
/// </summary>
#pragma warning disable CA1001 // kernels live as long as the process
internal sealed unsafe class WinogradInput
#pragma warning restore CA1001
{
    private static readonly ConcurrentDictionary<Shape, WinogradInput> All = new();
    private readonly Shape _shape;
    private readonly MachineCode? _code; // null for AVX2

    private WinogradInput(Shape shape)
    {
        _shape = shape;
        _code = CpuFeatures.Avx512 ? new MachineCode(new WinogradEmitter(shape.BFloat16).Input(shape)) : null;
    }

    /// <summary>The transform of a shape. Each shape is assembled once per process.</summary>
    public static WinogradInput Of(Shape shape) => All.GetOrAdd(shape, key => new WinogradInput(key));

    /// <summary>Transforms four rows.</summary>
    /// <param name="upper">The first two rows.</param>
    /// <param name="lower">The last two rows.</param>
    /// <param name="pairs">Pairs of outputs along x.</param>
    /// <param name="target">Overwritten.</param>
    public void Run(byte* upper, byte* lower, int pairs, byte* target)
    {
        var arguments = new Arguments { Upper = upper, Lower = lower, Pairs = pairs, Target = target };
        if (_code is null)
        {
            Avx2Transforms.Input(_shape, arguments);
            return;
        }

        ((delegate* unmanaged<Arguments*, void>)_code.EntryPoint)(&arguments);
    }

    /// <summary>The sizes of a transform.</summary>
    /// <param name="BFloat16">Whether voxels are bfloat16; otherwise float32.</param>
    /// <param name="Channels">Channels of a voxel.</param>
    /// <param name="Row">Bytes from the first to the second of two rows.</param>
    /// <param name="Product">
    /// Bytes from the row of one product to the next. The index of a product is 4 times its index along y, plus its index along x.
    /// </param>
    public readonly record struct Shape(bool BFloat16, int Channels, int Row, int Product);

    /// <summary>The operands of a call.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Arguments
    {
        public byte* Upper;
        public byte* Lower;
        public byte* Target;
        public nint Pairs;
    }
}

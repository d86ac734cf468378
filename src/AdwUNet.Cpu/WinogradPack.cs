using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace AdwUNet.Cpu;

/// <summary>
/// Transform of a row of voxels along x for a backward-weights pass of <see cref="Winograd"/>: the input transform of a row of the input, or the
/// transposed output transform of a row of the output gradient. The result is packed in steps of a <see cref="TileKernel"/>: 4 bytes for each channel, of
/// one pair of voxels (float32) or two neighbouring pairs (bfloat16).
/// </summary>
#pragma warning disable CA1001 // kernels live as long as the process
internal sealed unsafe class WinogradPack
#pragma warning restore CA1001
{
    private static readonly ConcurrentDictionary<Shape, WinogradPack> All = new();
    private static readonly NativeBuffer Order = Interleaved();
    private readonly Shape _shape;
    private readonly MachineCode? _code; // null for AVX2

    private WinogradPack(Shape shape)
    {
        _shape = shape;
        _code = CpuFeatures.Avx512 ? new MachineCode(new WinogradPackEmitter(shape).Emit()) : null;
    }

    /// <summary>The transform of a shape. Each shape is assembled once per process.</summary>
    public static WinogradPack Of(Shape shape) => All.GetOrAdd(shape, key => new WinogradPack(key));

    /// <summary>Transforms and packs a row.</summary>
    /// <param name="row">The voxels; up to 15 values behind the end are read.</param>
    /// <param name="voxel">Bytes from one voxel to the next.</param>
    /// <param name="steps">Number of steps.</param>
    /// <param name="target">For each product a row of steps; up to 15 channels behind each row are overwritten.</param>
    /// <param name="product">Bytes from the row of one product to the next.</param>
    public void Run(byte* row, nint voxel, int steps, byte* target, nint product)
    {
        var arguments = new Arguments { Row = row, Voxel = voxel, Steps = steps, Target = target, Product = product, Order = Order.Data };
        if (_code is null)
        {
            Avx2Transforms.Pack(_shape, arguments);
            return;
        }

        ((delegate* unmanaged<Arguments*, void>)_code.EntryPoint)(&arguments);
    }

    // Positions of a vector's 16-bit values that put the values of two halves side by side.
    private static NativeBuffer Interleaved()
    {
        var order = new NativeBuffer(64);
        for (var i = 0; i < 32; i++)
        {
            ((ushort*)order.Data)[i] = (ushort)((i / 2) + (16 * (i % 2)));
        }

        return order;
    }

    /// <summary>The sizes of a transform.</summary>
    /// <param name="BFloat16">Whether voxels are bfloat16; otherwise float32.</param>
    /// <param name="IsGradient">Whether the row is one of the output gradient; otherwise of the input.</param>
    /// <param name="Channels">Number of channels to pack.</param>
    /// <param name="Step">Bytes from one step to the next.</param>
    public readonly record struct Shape(bool BFloat16, bool IsGradient, int Channels, int Step);

    /// <summary>The operands of a call.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Arguments
    {
        public byte* Row;
        public nint Voxel;
        public nint Steps;
        public byte* Target;
        public nint Product;
        public byte* Order;
    }
}

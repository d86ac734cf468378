using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace AdwUNet.Cpu;

/// <summary>
/// Output transform of <see cref="Winograd"/> along y and x of the products of two rows: Aᵀ m A, for at most 16 channels. Stores the outputs and, with
/// statistics, adds them and their squares to the channel sums.
/// </summary>
#pragma warning disable CA1001 // kernels live as long as the process
internal sealed unsafe class WinogradOutput
#pragma warning restore CA1001
{
    private static readonly ConcurrentDictionary<Shape, WinogradOutput> All = new();
    private readonly Shape _shape;
    private readonly MachineCode? _code; // null for AVX2

    private WinogradOutput(Shape shape)
    {
        _shape = shape;
        _code = CpuFeatures.Avx512 ? new MachineCode(new WinogradEmitter(shape.BFloat16).Output(shape)) : null;
    }

    /// <summary>The transform of a shape. Each shape is assembled once per process.</summary>
    public static WinogradOutput Of(Shape shape) => All.GetOrAdd(shape, key => new WinogradOutput(key));

    /// <summary>Transforms products.</summary>
    public void Run(Arguments* arguments)
    {
        if (_code is null)
        {
            Avx2Transforms.Output(_shape, arguments);
            return;
        }

        ((delegate* unmanaged<Arguments*, void>)_code.EntryPoint)(arguments);
    }

    /// <summary>The sizes of a transform. Strides are in bytes.</summary>
    /// <param name="BFloat16">Whether outputs are bfloat16; otherwise float32.</param>
    /// <param name="Channels">Number of channels, at most 16.</param>
    /// <param name="Pair">From the products of one pair to those of the next.</param>
    /// <param name="Row">From the first to the second row of outputs.</param>
    /// <param name="Voxel">From one output of a row to the next.</param>
    /// <param name="Rows">Rows of outputs: 1 or 2.</param>
    /// <param name="IsOdd">Whether the pairs are followed by one that has one output.</param>
    /// <param name="Add">Whether to accumulate into the outputs.</param>
    /// <param name="Statistics">Whether to sum the outputs and their squares.</param>
    public readonly record struct Shape(
        bool BFloat16, int Channels, int Pair, int Row, int Voxel, int Rows, bool IsOdd, bool Add, bool Statistics);

    /// <summary>The operands of a call.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Arguments
    {
        /// <summary>The first product, in float32.</summary>
        public float* Products;

        /// <summary>Bytes from one product to the next.</summary>
        public nint Product;

        public byte* Output;

        /// <summary>Whole pairs; may be 0.</summary>
        public nint Pairs;

        /// <summary>Sums of 16 channels, with <see cref="Shape.Statistics"/>.</summary>
        public float* Sums;

        /// <summary>Sums of their squares.</summary>
        public float* Squares;
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace AdwUNet.Cpu;

/// <summary>Lays the factors of a layer's weights out as a <see cref="WinogradRun{T}"/>'s tiles read them: for each block of columns the panels of the sixteen products.</summary>
internal static unsafe class WinogradPanels
{
    private const int VectorBytes = 64;

    /// <summary>Fills the panels of a pass.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="blocks">Its blocks of columns.</param>
    /// <param name="weights">In PyTorch's order, as floats.</param>
    /// <param name="panels">Of the blocks' bytes.</param>
    public static void Fill<T>(ConvolutionPass<T> pass, ColumnBlock[] blocks, float* weights, NativeBuffer panels)
        where T : struct, IElement
    {
        var phase = pass.Phases.Single();
        var segments = phase.Z.Count;
        Workers.For(blocks.Length * segments, part =>
        {
            var (block, segment) = (blocks[part / segments], part % segments);
            var product = (nint)block.PanelBytes / Winograd.ProductsInTwo;
            FillSegment(pass, phase, block, segment, weights, panels.Data + block.PanelOffset + (product / segments * segment), product);
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FillSegment<T>(ConvolutionPass<T> pass, Phase<T> phase, ColumnBlock block, int segment, float* weights, byte* panel, nint product)
        where T : struct, IElement
    {
        var (kernel, columns) = (pass.Shape.Kernel, 16 * block.Vectors);
        var z = phase.Z.FirstTap + (segment * phase.Z.TapStep);
        var tap = (((z * kernel.Y) + phase.Y.FirstTap) * kernel.X) + phase.X.FirstTap;
        var (row, inputStride) = (phase.Y.TapStep * kernel.X, pass.WeightIndex(1, 0, 0));
        var indices = stackalloc int[columns];
        for (var column = 0; column < columns; column++)
        {
            // Columns after the last are computed like it, and thrown away.
            indices[column] = pass.WeightIndex(0, block.Channel + Math.Min(column, block.Columns - 1), tap);
        }

        var ofInputs = stackalloc Vector512<float>[T.PerStep * Winograd.ProductsInTwo];
        for (var input = 0; input < pass.InputChannels; input += T.PerStep, weights += T.PerStep * inputStride)
        {
            for (var column = 0; column < columns; column += 16, panel += VectorBytes)
            {
                for (var i = 0; i < T.PerStep; i++)
                {
                    OfTaps(weights + (i * inputStride), row, phase.X.TapStep, indices + column, ofInputs + (i * Winograd.ProductsInTwo));
                }

                var last = ofInputs + ((T.PerStep - 1) * Winograd.ProductsInTwo);
                for (var p = 0; p < Winograd.ProductsInTwo; p++)
                {
                    T.StoreStep(panel + (p * product), ofInputs[p], last[p]);
                }
            }
        }
    }

    // The factors of the nine taps of 16 columns: those along x for each of those along y.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void OfTaps(float* weights, int row, int tapStep, int* indices, Vector512<float>* factors)
    {
        var first = OfRow(weights, tapStep, indices);
        var second = OfRow(weights + row, tapStep, indices);
        var third = OfRow(weights + (2 * row), tapStep, indices);
        (factors[0], factors[4], factors[8], factors[12]) = Winograd.OfWeights(first.G0, second.G0, third.G0);
        (factors[1], factors[5], factors[9], factors[13]) = Winograd.OfWeights(first.G1, second.G1, third.G1);
        (factors[2], factors[6], factors[10], factors[14]) = Winograd.OfWeights(first.G2, second.G2, third.G2);
        (factors[3], factors[7], factors[11], factors[15]) = Winograd.OfWeights(first.G3, second.G3, third.G3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<float> G0, Vector512<float> G1, Vector512<float> G2, Vector512<float> G3) OfRow(float* weights, int tapStep, int* indices) =>
        Winograd.OfWeights(Gather(weights, indices), Gather(weights + tapStep, indices), Gather(weights + (2 * tapStep), indices));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Gather(float* from, int* indices) => Vector512.Create(
        Avx2.GatherVector256(from, Vector256.Load(indices), sizeof(float)), Avx2.GatherVector256(from, Vector256.Load(indices + 8), sizeof(float)));
}

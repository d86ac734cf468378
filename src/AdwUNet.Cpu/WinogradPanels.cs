using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace AdwUNet.Cpu;

/// <summary>
/// Packs the transformed weights as the tile kernels of <see cref="WinogradConvolution{T}"/> read them: for each column block, the panels of the 16
/// products.
/// </summary>
internal static unsafe class WinogradPanels
{
    private const int VectorBytes = 64;

    /// <summary>Transforms and packs the weights of a pass.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="blocks">Its column blocks.</param>
    /// <param name="weights">The float32 weights in PyTorch's order.</param>
    /// <param name="panels">Overwritten; has the panel bytes of all blocks.</param>
    public static void Fill<T>(ConvolutionPass<T> pass, ColumnBlock[] blocks, float* weights, NativeBuffer panels)
        where T : struct, IStorageFormat
    {
        var phase = pass.Phases.Single();
        var segments = phase.Z.Count;
        Workers.For(blocks.Length * segments, part =>
        {
            var (block, segment) = (blocks[part / segments], part % segments);
            var product = (nint)block.PanelBytes / Winograd.Products2D;
            FillSegment(pass, phase, block, segment, weights, panels.Data + block.PanelOffset + (product / segments * segment), product);
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FillSegment<T>(ConvolutionPass<T> pass, Phase<T> phase, ColumnBlock block, int segment, float* weights, byte* panel, nint product)
        where T : struct, IStorageFormat
    {
        var (kernel, columns) = (pass.Shape.Kernel, 16 * block.Vectors);
        var z = phase.Z.FirstTap + (segment * phase.Z.TapStep);
        var tap = (((z * kernel.Y) + phase.Y.FirstTap) * kernel.X) + phase.X.FirstTap;
        var (row, inputStride) = (phase.Y.TapStep * kernel.X, pass.WeightIndex(1, 0, 0));
        var indices = stackalloc int[columns];
        for (var column = 0; column < columns; column++)
        {
            // Columns behind the last one repeat it; their outputs are not stored.
            indices[column] = pass.WeightIndex(0, block.Channel + Math.Min(column, block.Columns - 1), tap);
        }

        var ofInputs = stackalloc Vector512<float>[T.PerStep * Winograd.Products2D];
        for (var input = 0; input < pass.InputChannels; input += T.PerStep, weights += T.PerStep * inputStride)
        {
            for (var column = 0; column < columns; column += 16, panel += VectorBytes)
            {
                for (var i = 0; i < T.PerStep; i++)
                {
                    TransformTaps(weights + (i * inputStride), row, phase.X.TapStep, indices + column, ofInputs + (i * Winograd.Products2D));
                }

                var last = ofInputs + ((T.PerStep - 1) * Winograd.Products2D);
                for (var p = 0; p < Winograd.Products2D; p++)
                {
                    T.StoreStep(panel + (p * product), ofInputs[p], last[p]);
                }
            }
        }
    }

    // Filter transform of the nine taps of 16 columns, along y and x: G g Gᵀ.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TransformTaps(float* weights, int row, int tapStep, int* indices, Vector512<float>* factors)
    {
        var first = TransformRow(weights, tapStep, indices);
        var second = TransformRow(weights + row, tapStep, indices);
        var third = TransformRow(weights + (2 * row), tapStep, indices);
        (factors[0], factors[4], factors[8], factors[12]) = Winograd.TransformFilter(first.G0, second.G0, third.G0);
        (factors[1], factors[5], factors[9], factors[13]) = Winograd.TransformFilter(first.G1, second.G1, third.G1);
        (factors[2], factors[6], factors[10], factors[14]) = Winograd.TransformFilter(first.G2, second.G2, third.G2);
        (factors[3], factors[7], factors[11], factors[15]) = Winograd.TransformFilter(first.G3, second.G3, third.G3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<float> G0, Vector512<float> G1, Vector512<float> G2, Vector512<float> G3) TransformRow(float* weights, int tapStep, int* indices) =>
        Winograd.TransformFilter(Gather(weights, indices), Gather(weights + tapStep, indices), Gather(weights + (2 * tapStep), indices));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Gather(float* from, int* indices) => Vector512.Create(
        Avx2.GatherVector256(from, Vector256.Load(indices), sizeof(float)), Avx2.GatherVector256(from, Vector256.Load(indices + 8), sizeof(float)));
}

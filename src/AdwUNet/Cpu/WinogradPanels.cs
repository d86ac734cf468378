using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace AdwUNet.Cpu;

/// <summary>Lays the factors of a layer's weights out as a <see cref="WinogradRun{T}"/>'s tiles read them: for each block of columns the panels of the four products.</summary>
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
        var segments = phase.Z.Count * phase.Y.Count;
        Workers.For(blocks.Length * segments, part =>
        {
            var (block, segment) = (blocks[part / segments], part % segments);
            var product = (nint)block.PanelBytes / Winograd.Products;
            FillSegment(pass, phase, block, segment, weights, panels.Data + block.PanelOffset + (product / segments * segment), product);
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FillSegment<T>(ConvolutionPass<T> pass, Phase<T> phase, ColumnBlock block, int segment, float* weights, byte* panel, nint product)
        where T : struct, IElement
    {
        var (kernel, columns) = (pass.Shape.Kernel, 16 * block.Vectors);
        var z = phase.Z.FirstTap + (segment / phase.Y.Count * phase.Z.TapStep);
        var y = phase.Y.FirstTap + (segment % phase.Y.Count * phase.Y.TapStep);
        var tap = (((z * kernel.Y) + y) * kernel.X) + phase.X.FirstTap;
        var (tapStride, inputStride) = (phase.X.TapStep, pass.WeightIndex(1, 0, 0));
        var indices = stackalloc int[columns];
        for (var column = 0; column < columns; column++)
        {
            // Columns after the last are computed like it, and thrown away.
            indices[column] = pass.WeightIndex(0, block.Channel + Math.Min(column, block.Columns - 1), tap);
        }

        for (var input = 0; input < pass.InputChannels; input += T.PerStep, weights += T.PerStep * inputStride)
        {
            var second = weights + ((T.PerStep - 1) * inputStride);
            for (var column = 0; column < columns; column += 16, panel += VectorBytes)
            {
                var first = Winograd.OfWeights(
                    Gather(weights, indices + column), Gather(weights + tapStride, indices + column), Gather(weights + (2 * tapStride), indices + column));
                var other = T.PerStep == 1 ? first : Winograd.OfWeights(
                    Gather(second, indices + column), Gather(second + tapStride, indices + column), Gather(second + (2 * tapStride), indices + column));
                T.StoreStep(panel, first.G0, other.G0);
                T.StoreStep(panel + product, first.G1, other.G1);
                T.StoreStep(panel + (2 * product), first.G2, other.G2);
                T.StoreStep(panel + (3 * product), first.G3, other.G3);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Gather(float* from, int* indices) => Vector512.Create(
        Avx2.GatherVector256(from, Vector256.Load(indices), sizeof(float)), Avx2.GatherVector256(from, Vector256.Load(indices + 8), sizeof(float)));
}

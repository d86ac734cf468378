using System.Runtime.Intrinsics;

namespace AdwUNet.Cpu;

/// <summary>Lays a layer's weights out as tiles read them: for each block of columns panels of one step after another.</summary>
internal static unsafe class WeightPanels
{
    /// <summary>Fills the panels of a pass.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="weights">In PyTorch's order, as floats.</param>
    /// <param name="panels">Of <see cref="ConvolutionPass{T}.PanelBytes"/>.</param>
    public static void Fill<T>(ConvolutionPass<T> pass, float* weights, NativeBuffer panels)
        where T : struct, IElement
    {
        var offset = 0L;
        foreach (var phase in pass.Phases)
        {
            var first = panels.Data + offset;
            var parts = phase.Blocks.SelectMany(block => Enumerable.Range(0, block.Vectors), (block, vector) => (block, vector)).ToArray();
            var taps = Taps(pass, phase);
            Workers.For(parts.Length, part =>
            {
                var (block, vector) = parts[part];
                FillVector(pass, phase, taps, block, vector, weights, first + block.PanelOffset);
            });
            offset += phase.PanelBytes;
        }
    }

    // For each segment the taps of its run.
    private static int[] Taps<T>(ConvolutionPass<T> pass, Phase<T> phase)
        where T : struct, IElement
    {
        var kernel = pass.Shape.Kernel;
        return
        [
            .. from z in Enumerable.Range(0, phase.Z.Count)
               from y in Enumerable.Range(0, phase.Y.Count)
               from x in Enumerable.Range(0, phase.X.Count)
               select (((phase.Z.FirstTap + (z * phase.Z.TapStep)) * kernel.Y) + phase.Y.FirstTap + (y * phase.Y.TapStep)) * kernel.X
                   + phase.X.FirstTap + (x * phase.X.TapStep),
        ];
    }

    // A run's numbers are its voxels' channels one after another; a step takes as many of them as fit into 4 bytes for each column.
    // All taps of a weight lie together, so each is read once for all segments, and 16 columns fill a line of each.
    private static void FillVector<T>(
        ConvolutionPass<T> pass, Phase<T> phase, int[] taps, ColumnBlock block, int vector, float* weights, byte* panel)
        where T : struct, IElement
    {
        var (columns, last) = (16 * block.Vectors, Math.Min(16 * (vector + 1), block.Columns));
        var lineStride = columns * sizeof(float);
        var segmentBytes = (long)phase.Steps * lineStride;
        for (var line = panel + (16 * vector * sizeof(float)); line < panel + (phase.Z.Count * phase.Y.Count * segmentBytes); line += lineStride)
        {
            Vector512.Store(Vector512<float>.Zero, (float*)line);
        }

        for (var input = 0; input < pass.InputChannels; input++)
        {
            for (var column = 16 * vector; column < last; column++)
            {
                var weight = weights + pass.WeightIndex(input, block.Channel + column, 0);
                var target = panel + (column * sizeof(float));
                for (var tap = 0; tap < taps.Length; target += segmentBytes)
                {
                    for (var (x, number) = (0, input); x < phase.X.Count; x++, tap++, number += pass.InputChannels)
                    {
                        T.Store(target + ((long)(number / T.PerStep) * lineStride) + (number % T.PerStep * T.Size), weight[taps[tap]]);
                    }
                }
            }
        }
    }
}

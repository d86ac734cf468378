namespace AdwUNet.Cpu;

/// <summary>Packs the weights of a pass as the tile kernels read them: for each column block, the panels of one step after the other.</summary>
internal static unsafe class WeightPanels
{
    /// <summary>Packs the weights of a pass.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="weights">The float32 weights in PyTorch's order.</param>
    /// <param name="panels">Overwritten; has <see cref="ConvolutionPass{T}.PanelBytes"/>.</param>
    public static void Fill<T>(ConvolutionPass<T> pass, float* weights, NativeBuffer panels)
        where T : struct, IStorageFormat
    {
        var offset = 0L;
        foreach (var phase in pass.Phases)
        {
            var first = panels.Data + offset;
            Workers.For(phase.Blocks.Length * phase.Z.Count * phase.Y.Count, part =>
            {
                var segments = phase.Z.Count * phase.Y.Count;
                var (block, segment) = (phase.Blocks[part / segments], part % segments);
                var size = phase.Steps * block.Vectors * 64;
                FillSegment(pass, phase, block, segment, weights, first + block.PanelOffset + ((long)segment * size));
            });
            offset += phase.PanelBytes;
        }
    }

    // The values of a segment are the channels of its voxels, one voxel after the other. A step has 4 bytes of them for each column.
    private static void FillSegment<T>(ConvolutionPass<T> pass, Phase<T> phase, ColumnBlock block, int segment, float* weights, byte* panel)
        where T : struct, IStorageFormat
    {
        var (kernel, columns) = (pass.Shape.Kernel, 16 * block.Vectors);
        var z = phase.Z.FirstTap + (segment / phase.Y.Count * phase.Z.TapStep);
        var y = phase.Y.FirstTap + (segment % phase.Y.Count * phase.Y.TapStep);
        var inputStride = pass.WeightIndex(1, 0, 0);
        new Span<byte>(panel, phase.Steps * columns * sizeof(float)).Clear();
        for (var column = 0; column < block.Columns; column++)
        {
            for (var x = 0; x < phase.X.Count; x++)
            {
                var tap = (((z * kernel.Y) + y) * kernel.X) + phase.X.FirstTap + (x * phase.X.TapStep);
                var weight = weights + pass.WeightIndex(0, block.Channel + column, tap);
                for (var input = 0; input < pass.InputChannels; input++, weight += inputStride)
                {
                    var number = (x * pass.InputChannels) + input;
                    T.Store(panel + ((((number / T.PerStep * columns) + column) * sizeof(float)) + (number % T.PerStep * T.Size)), *weight);
                }
            }
        }
    }
}

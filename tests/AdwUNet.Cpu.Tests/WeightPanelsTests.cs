using AdwUNet.Imaging;

namespace AdwUNet.Cpu.Tests;

/// <summary>Packed weights, read back panel by panel.</summary>
public sealed unsafe class WeightPanelsTests
{
    private const int VectorBytes = 64;

    [Fact]
    public void Float32_panels_contain_every_weight_at_its_step_and_column() => Check<Float32Format>();

    [Fact]
    public void BFloat16_panels_contain_every_weight_at_its_step_and_column() => Check<BFloat16Format>();

    private static void Check<T>()
        where T : struct, IStorageFormat
    {
        foreach (var down in new[] { true, false })
        {
            foreach (var (fine, coarse, targets) in new[] { (3, 5, new[] { 2, 3 }), (7, 40, [17, 23]), (64, 1, [1]), (1, 80, [80]) })
            {
                var shape = new ConvolutionShape(1, new(4, 5, 6), fine, coarse, new(1, 3, 3), new(1, 1, 2), new(0, 1, 1));
                CheckPass(new ConvolutionPass<T>(shape, down, down ? targets : [fine], T.StoreEpilogue), down);
            }
        }
    }

    private static void CheckPass<T>(ConvolutionPass<T> pass, bool down)
        where T : struct, IStorageFormat
    {
        var shape = pass.Shape;
        var weights = RandomValues.Normal<T>(1, shape.CoarseChannels * shape.FineChannels * shape.Taps);
        using var panels = new NativeBuffer(pass.PanelBytes);
        fixed (float* values = weights)
        {
            WeightPanels.Fill(pass, values, panels);
        }

        var phaseOffset = 0L;
        foreach (var phase in pass.Phases)
        {
            foreach (var block in phase.Blocks)
            {
                CheckBlock(pass, down, phase, block, weights, panels.Data + phaseOffset + block.PanelOffset);
            }

            phaseOffset += phase.PanelBytes;
        }

        Assert.Equal(pass.PanelBytes, phaseOffset);
    }

    private static void CheckBlock<T>(ConvolutionPass<T> pass, bool down, Phase<T> phase, ColumnBlock block, float[] weights, byte* panel)
        where T : struct, IStorageFormat
    {
        var values = VoxelMemory.Read<T>(panel, (int)(block.PanelBytes / T.Size));
        var i = 0;
        for (var segment = 0; segment < phase.Z.Count * phase.Y.Count; segment++)
        {
            for (var step = 0; step < phase.Steps; step++)
            {
                for (var column = 0; column < block.Vectors * VectorBytes / sizeof(float); column++)
                {
                    for (var part = 0; part < T.PerStep; part++, i++)
                    {
                        var number = (step * T.PerStep) + part;
                        var (voxel, input) = (number / pass.InputChannels, number % pass.InputChannels);
                        var expected = column < block.Columns && voxel < phase.X.Count
                            ? weights[Index(pass.Shape, down, phase, new(segment / phase.Y.Count, segment % phase.Y.Count, voxel), input, block.Channel + column)]
                            : 0;
                        Assert.Equal(expected, values[i]);
                    }
                }
            }
        }

        Assert.Equal(values.Length, i);
    }

    // The weight that connects the output of a phase with the input voxel number i of each axis, by the relation that defines a convolution.
    private static int Index<T>(ConvolutionShape shape, bool down, Phase<T> phase, Shape3 voxel, int input, int output)
        where T : struct, IStorageFormat
    {
        int Tap(int axis, AxisTaps taps)
        {
            var i = taps.Offset + voxel[axis];
            return down ? i + shape.Padding[axis] : phase.Remainder[axis] + shape.Padding[axis] - (shape.Stride[axis] * i);
        }

        var (coarse, fine) = down ? (output, input) : (input, output);
        var tap = (((Tap(0, phase.Z) * shape.Kernel.Y) + Tap(1, phase.Y)) * shape.Kernel.X) + Tap(2, phase.X);
        return (((coarse * shape.FineChannels) + fine) * shape.Taps) + tap;
    }
}

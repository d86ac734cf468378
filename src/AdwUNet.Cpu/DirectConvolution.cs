using System.Runtime.InteropServices;

namespace AdwUNet.Cpu;

/// <summary>
/// Direct convolution, for any kernel and stride: an implicit im2col product. Each run of neighbouring voxels under the kernel is one segment of a
/// tile.
/// </summary>
internal sealed unsafe class DirectConvolution<T> : ConvolutionAlgorithm<T>
    where T : struct, IStorageFormat
{
    private readonly TileKernels[][] _kernels;

    public DirectConvolution(ConvolutionPass<T> pass)
        : base(pass, (pass.Positions.Y, pass.InputStep.Y, pass.Span.Y), (((pass.Positions.X - 1) * pass.InputStep.X) + pass.Span.X) * pass.InputChannels * T.Size) =>
        _kernels = Array.ConvertAll(pass.Phases, phase => Array.ConvertAll(
            phase.Blocks, block => new TileKernels(block.Tiling, (rows, width) => ShapeOf(phase, block, rows, width))));

    /// <inheritdoc/>
    public override long PanelBytes => Pass.PanelBytes;

    /// <inheritdoc/>
    protected override ColumnBlock[] Blocks => Pass.Phases[0].Blocks;

    private int OutputSize => Pass.Epilogue is Epilogue.StoreBFloat16 or Epilogue.AccumulateBFloat16 ? BFloat16Format.Size : Float32Format.Size;

    /// <inheritdoc/>
    public override void FillPanels(float* weights, NativeBuffer panels) => WeightPanels.Fill(Pass, weights, panels);

    /// <inheritdoc/>
    protected override void Prepare(nint[] targets)
    {
        if (!Pass.LeavesGaps || Pass.Epilogue is not (Epilogue.StoreBFloat16 or Epilogue.StoreFloat32))
        {
            return;
        }

        var voxels = (nuint)(Pass.Shape.Batch * Pass.OutputGrid.Count);
        for (var i = 0; i < targets.Length; i++)
        {
            NativeMemory.Clear((void*)targets[i], voxels * (nuint)(Pass.Targets[i] * OutputSize));
        }
    }

    /// <inheritdoc/>
    protected override void LoadRow(InputView<T> source, int sample, int z, int row, byte* target, byte* scratch, bool follows) =>
        source.CopyRow(sample, z, row + Pass.Low.Y, -Pass.Low.X, ((Pass.Positions.X - 1) * Pass.InputStep.X) + Pass.Span.X, target);

    /// <inheritdoc/>
    protected override void RunBlock(in Block block)
    {
        var segments = stackalloc TileKernel.Segment[(int)Pass.Shape.Kernel.Z * Pass.Shape.Kernel.Y];
        var panels = block.Panels;
        for (var p = 0; p < Pass.Phases.Length; panels += Pass.Phases[p].PanelBytes, p++)
        {
            var phase = Pass.Phases[p];
            var sums = block.Sums;
            for (var b = 0; b < phase.Blocks.Length; b++)
            {
                var columns = phase.Blocks[b];
                for (var plane = block.FirstPlane; plane < Math.Min(block.EndPlane, phase.Positions.Z); plane++)
                {
                    var arguments = new TileKernel.Arguments { B = panels + columns.PanelOffset, Sums = sums, Segments = segments };
                    arguments.SegmentCount = FillSegments(phase, columns, plane, segments);
                    RunPlane(p, b, block, plane, &arguments);
                }

                sums = sums is null ? null : sums + (2 * 16 * columns.Vectors);
            }
        }
    }

    private int FillSegments(Phase<T> phase, ColumnBlock block, int plane, TileKernel.Segment* segments)
    {
        var count = 0;
        for (var z = 0; z < phase.Z.Count; z++)
        {
            for (var y = 0; y < phase.Y.Count; y++, count++)
            {
                segments[count].A = Offset(plane, phase.Z.Offset - Pass.Low.Z + z, phase.Y.Offset - Pass.Low.Y + y)
                    + ((phase.X.Offset - Pass.Low.X) * Pass.InputChannels * T.Size);
                segments[count].B = (nint)count * phase.Steps * block.Vectors * 64;
            }
        }

        return count;
    }

    private void RunPlane(int p, int b, in Block block, int plane, TileKernel.Arguments* arguments)
    {
        var phase = Pass.Phases[p];
        var columns = phase.Blocks[b];
        var (grid, step) = (Pass.OutputGrid, Pass.OutputStep);
        var voxelBytes = Pass.Targets[columns.Target] * OutputSize;
        var inputVoxel = Pass.InputStep.X * Pass.InputChannels * T.Size;
        var endRow = Math.Min(block.EndRow, phase.Positions.Y);
        var outputPlane = (((long)block.Sample * grid.Z) + (plane * step.Z) + phase.Remainder.Z) * grid.Y;
        for (var row = block.FirstRow; row < endRow; row += columns.Tiling.Rows)
        {
            var rows = Math.Min(columns.Tiling.Rows, endRow - row);
            var output = (byte*)block.Targets[columns.Target]
                + ((((outputPlane + (row * step.Y) + phase.Remainder.Y) * grid.X) + phase.Remainder.X) * voxelBytes) + (columns.TargetChannel * OutputSize);
            var input = block.Input + ((long)(row - block.FirstRow) * Pass.InputStep.Y * RowBytes);
            var kernels = _kernels[p][b].Of(rows);
            for (var i = 0; i < kernels.Length; i++)
            {
                var width = columns.Tiling.Widths[i];
                arguments->A = input;
                arguments->C = output;
                kernels[i].Run(arguments);
                input += width * inputVoxel;
                output += (long)width * step.X * voxelBytes;
            }
        }
    }

    private TileShape ShapeOf(Phase<T> phase, ColumnBlock block, int rows, int width)
    {
        var voxels = Enumerable.Range(0, rows * width).Select(i => (Row: i / width, Column: i % width)).ToArray();
        var outputVoxel = Pass.Targets[block.Target] * OutputSize;
        return new()
        {
            BFloat16 = T.PerStep == BFloat16Format.PerStep,
            RowOffsetsA = [.. voxels.Select(v => (v.Row * Pass.InputStep.Y * RowBytes) + (v.Column * Pass.InputStep.X * Pass.InputChannels * T.Size))],
            RowOffsetsC = [.. voxels.Select(v => ((v.Row * Pass.OutputStep.Y * Pass.OutputGrid.X) + (v.Column * Pass.OutputStep.X)) * outputVoxel)],
            StepBytesA = sizeof(float),
            Steps = phase.Steps,
            Vectors = block.Vectors,
            LastColumns = block.Columns - (16 * (block.Vectors - 1)),
            Epilogue = Pass.Epilogue,
            Statistics = Pass.Statistics,
        };
    }
}

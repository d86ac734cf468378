using System.Runtime.InteropServices;
using AdwUNet.Imaging;

namespace AdwUNet.Cpu;

/// <summary>
/// Computes a <see cref="ConvolutionPass{T}"/>: blocks of rows and planes are copied, with the zeros around them, into a buffer that stays
/// in the second-level cache, and from there go tile by tile through the kernels.
/// </summary>
internal sealed unsafe class ConvolutionRun<T>
    where T : struct, IElement
{
    private const int CacheBytes = 400 << 10; // of a megabyte, which also holds weights
    private const int Gap = 64; // after a plane: copying writes whole vectors, and a run of an odd number of channels reads one more
    private const int FewestPlanes = 4; // a chunk copies some planes that its neighbour copies too
    private readonly ConvolutionPass<T> _pass;
    private readonly int _rowBytes;
    private readonly int _planeBytes;
    private readonly int _rows;
    private readonly int _planes;
    private readonly int _slots;
    private readonly (int Sample, int FirstRow, int FirstPlane)[] _items;
    private readonly int _chunk;
    private readonly Dictionary<(int Phase, int Block, int Rows, int Width), TileKernel> _kernels = [];

    public ConvolutionRun(ConvolutionPass<T> pass)
    {
        _pass = pass;
        var (positions, step, span) = (pass.Positions, pass.InputStep, pass.Span);
        _rowBytes = (((positions.X - 1) * step.X) + span.X) * pass.InputChannels * T.Size;
        int PlaneBytes(int rows) => (((((rows - 1) * step.Y) + span.Y) * _rowBytes) + (2 * Gap) - 1) / Gap * Gap;
        int Slots(int planes) => ((planes - 1) * step.Z) + span.Z;
        var whole = (long)Slots(positions.Z) * PlaneBytes(positions.Y) <= CacheBytes;
        _planes = whole ? positions.Z : 1;
        _slots = Slots(_planes);
        var blocks = Enumerable.Range(1, positions.Y).First(n => n == positions.Y || (long)_slots * PlaneBytes((positions.Y + n - 1) / n) <= CacheBytes);
        _rows = (positions.Y + blocks - 1) / blocks;
        _planeBytes = PlaneBytes(_rows);
        _chunk = whole ? positions.Z : Math.Max(FewestPlanes, (positions.Z + 3) / 4);
        _items =
        [
            .. from sample in Enumerable.Range(0, pass.Shape.Batch)
               from row in Enumerable.Range(0, (positions.Y + _rows - 1) / _rows)
               from plane in Enumerable.Range(0, (positions.Z + _chunk - 1) / _chunk)
               select (sample, row * _rows, plane * _chunk),
        ];
        MakeKernels();
    }

    /// <summary>What is computed.</summary>
    public ConvolutionPass<T> Pass => _pass;

    private int StatisticsPerItem => _pass.Phases[0].Blocks.Sum(block => 2 * 16 * block.Vectors);

    /// <summary>Computes the output.</summary>
    /// <param name="source">The input.</param>
    /// <param name="panels">The weights, as <see cref="WeightPanels"/> lays them out.</param>
    /// <param name="targets">Addresses of the output's arrays.</param>
    /// <param name="sums">Given the sums of the output's channels, where the pass has statistics.</param>
    /// <param name="pool">Where buffers come from.</param>
    public void Run(VoxelSource<T> source, NativeBuffer panels, nint[] targets, ChannelSums? sums, BufferPool pool)
    {
        if (_pass.LeavesGaps && _pass.Output is TileOutput.BFloat16 or TileOutput.Single)
        {
            Clear(targets);
        }

        var perItem = sums is null ? 0 : StatisticsPerItem;
        var parts = sums is null ? null : pool.Rent((long)_items.Length * perItem * sizeof(float));
        Workers.For(_items.Length, item =>
        {
            var patch = pool.Rent((long)_slots * _planeBytes);
            var itemSums = parts is null ? null : (float*)parts.Data + ((long)item * perItem);
            NativeMemory.Clear(itemSums, (nuint)perItem * sizeof(float));
            RunItem(_items[item], source, patch.Data, panels.Data, targets, itemSums);
            pool.Return(patch);
        });
        if (parts is not null)
        {
            AddUp((float*)parts.Data, sums!);
            pool.Return(parts);
        }
    }

    // In a fixed order, so that the number of threads changes nothing.
    private void AddUp(float* parts, ChannelSums sums)
    {
        sums.Clear();
        foreach (var (sample, _, _) in _items)
        {
            foreach (var block in _pass.Phases[0].Blocks)
            {
                for (var column = 0; column < block.Columns; column++)
                {
                    sums.Add(sample, block.Channel + column, parts[column], parts[(16 * block.Vectors) + column]);
                }

                parts += 2 * 16 * block.Vectors;
            }
        }
    }

    private void Clear(nint[] targets)
    {
        var voxels = (nuint)(_pass.Shape.Batch * _pass.OutputGrid.Count);
        for (var i = 0; i < targets.Length; i++)
        {
            NativeMemory.Clear((void*)targets[i], voxels * (nuint)(_pass.Targets[i] * OutputSize));
        }
    }

    private void RunItem(
        (int Sample, int FirstRow, int FirstPlane) item, VoxelSource<T> source, byte* patch, byte* panels, nint[] targets, float* sums)
    {
        var (step, span) = (_pass.InputStep, _pass.Span);
        var end = Math.Min(item.FirstPlane + _chunk, _pass.Positions.Z);
        var loaded = item.FirstPlane * step.Z;
        for (var plane = item.FirstPlane; plane < end; plane += _planes)
        {
            var planes = Math.Min(_planes, end - plane);
            var needed = ((plane + planes - 1) * step.Z) + span.Z;
            for (loaded = Math.Max(loaded, plane * step.Z); loaded < needed; loaded++)
            {
                LoadPlane(source, item.Sample, loaded, item.FirstRow, patch + ((long)(loaded % _slots) * _planeBytes));
            }

            RunPlanes(item.Sample, item.FirstRow, plane, planes, patch, panels, targets, sums);
        }
    }

    private void LoadPlane(VoxelSource<T> source, int sample, int plane, int firstRow, byte* target)
    {
        var voxels = ((_pass.Positions.X - 1) * _pass.InputStep.X) + _pass.Span.X;
        var rows = ((Math.Min(_rows, _pass.Positions.Y - firstRow) - 1) * _pass.InputStep.Y) + _pass.Span.Y;
        for (var row = 0; row < rows; row++)
        {
            source.CopyRow(
                sample, plane + _pass.Low.Z, (firstRow * _pass.InputStep.Y) + row + _pass.Low.Y, -_pass.Low.X, voxels, target + ((long)row * _rowBytes));
        }

        NativeMemory.Clear(target + ((long)rows * _rowBytes), Gap);
    }

    private void RunPlanes(int sample, int firstRow, int firstPlane, int planes, byte* patch, byte* panels, nint[] targets, float* sums)
    {
        var segments = stackalloc TileKernel.Segment[(int)_pass.Shape.Kernel.Z * _pass.Shape.Kernel.Y];
        var phasePanels = panels;
        for (var p = 0; p < _pass.Phases.Length; phasePanels += _pass.Phases[p].PanelBytes, p++)
        {
            var phase = _pass.Phases[p];
            var blockSums = sums;
            for (var b = 0; b < phase.Blocks.Length; b++)
            {
                var block = phase.Blocks[b];
                for (var plane = firstPlane; plane < Math.Min(firstPlane + planes, phase.Positions.Z); plane++)
                {
                    var arguments = new TileKernel.Arguments { B = phasePanels + block.PanelOffset, Sums = blockSums, Segments = segments };
                    arguments.SegmentCount = FillSegments(phase, block, plane, segments);
                    RunPlane(p, b, sample, firstRow, plane, patch, (byte*)targets[block.Target], &arguments);
                }

                blockSums = sums is null ? null : blockSums + (2 * 16 * block.Vectors);
            }
        }
    }

    private int FillSegments(Phase<T> phase, ColumnBlock block, int plane, TileKernel.Segment* segments)
    {
        var count = 0;
        for (var z = 0; z < phase.Z.Count; z++)
        {
            var slot = ((plane * _pass.InputStep.Z) + phase.Z.Offset - _pass.Low.Z + z) % _slots;
            for (var y = 0; y < phase.Y.Count; y++, count++)
            {
                segments[count].A = ((nint)slot * _planeBytes)
                    + ((phase.Y.Offset - _pass.Low.Y + y) * _rowBytes)
                    + ((phase.X.Offset - _pass.Low.X) * _pass.InputChannels * T.Size);
                segments[count].B = (nint)count * phase.Steps * block.Vectors * 64;
            }
        }

        return count;
    }

    private void RunPlane(int p, int b, int sample, int firstRow, int plane, byte* patch, byte* target, TileKernel.Arguments* arguments)
    {
        var phase = _pass.Phases[p];
        var block = phase.Blocks[b];
        var (grid, step) = (_pass.OutputGrid, _pass.OutputStep);
        var voxelBytes = _pass.Targets[block.Target] * OutputSize;
        var inputVoxel = _pass.InputStep.X * _pass.InputChannels * T.Size;
        var lastRow = Math.Min(firstRow + _rows, phase.Positions.Y);
        var outputPlane = (((long)sample * grid.Z) + (plane * step.Z) + phase.Remainder.Z) * grid.Y;
        for (var row = firstRow; row < lastRow; row += block.Tiling.Rows)
        {
            var rows = Math.Min(block.Tiling.Rows, lastRow - row);
            var output = target + ((((outputPlane + (row * step.Y) + phase.Remainder.Y) * grid.X) + phase.Remainder.X) * voxelBytes) + (block.TargetChannel * OutputSize);
            var input = patch + ((long)(row - firstRow) * _pass.InputStep.Y * _rowBytes);
            foreach (var width in block.Tiling.Widths)
            {
                arguments->A = input;
                arguments->C = output;
                _kernels[(p, b, rows, width)].Run(arguments);
                input += width * inputVoxel;
                output += (long)width * step.X * voxelBytes;
            }
        }
    }

    private int OutputSize => _pass.Output is TileOutput.BFloat16 or TileOutput.AddBFloat16 ? BFloat16Element.Size : SingleElement.Size;

    private void MakeKernels()
    {
        for (var p = 0; p < _pass.Phases.Length; p++)
        {
            for (var b = 0; b < _pass.Phases[p].Blocks.Length; b++)
            {
                var tiling = _pass.Phases[p].Blocks[b].Tiling;
                foreach (var width in tiling.Widths.Distinct())
                {
                    for (var rows = 1; rows <= tiling.Rows; rows++)
                    {
                        _kernels[(p, b, rows, width)] = TileKernel.Of(ShapeOf(_pass.Phases[p], _pass.Phases[p].Blocks[b], rows, width));
                    }
                }
            }
        }
    }

    private TileShape ShapeOf(Phase<T> phase, ColumnBlock block, int rows, int width)
    {
        var voxels = Enumerable.Range(0, rows * width).Select(i => (Row: i / width, Column: i % width)).ToArray();
        var outputVoxel = _pass.Targets[block.Target] * OutputSize;
        return new()
        {
            BFloat16 = T.PerStep == BFloat16Element.PerStep,
            RowsOfA = [.. voxels.Select(v => (v.Row * _pass.InputStep.Y * _rowBytes) + (v.Column * _pass.InputStep.X * _pass.InputChannels * T.Size))],
            RowsOfC = [.. voxels.Select(v => ((v.Row * _pass.OutputStep.Y * _pass.OutputGrid.X) + (v.Column * _pass.OutputStep.X)) * outputVoxel)],
            StepOfA = sizeof(float),
            Steps = phase.Steps,
            Vectors = block.Vectors,
            LastColumns = block.Columns - (16 * (block.Vectors - 1)),
            Output = _pass.Output,
            Statistics = _pass.Statistics,
        };
    }
}

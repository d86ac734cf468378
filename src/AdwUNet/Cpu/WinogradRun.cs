using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AdwUNet.Cpu;

/// <summary>
/// A pass of stride 1 and three taps along x by <see cref="Winograd"/>'s products: the factors of each row of input are computed as it is
/// loaded, and the four products of a group of positions stay in the caches until they are added up.
/// </summary>
internal sealed unsafe class WinogradRun<T> : PassRun<T>
    where T : struct, IElement
{
    private const int VectorBytes = 64;
    private const int ProductsBytes = 64 << 10; // of the second-level cache, or a few rows where those take more
    private readonly Dictionary<(int Vectors, int Rows, int Width), TileKernel> _kernels = [];
    private readonly ColumnBlock[] _blocks;
    private readonly Phase<T> _phase;
    private readonly int _steps;

    /// <param name="pass">One that <see cref="Suits"/>.</param>
    public WinogradRun(ConvolutionPass<T> pass)
        : base(pass, Winograd.Products * ProductBytes(pass))
    {
        _phase = pass.Phases.Single();
        _steps = pass.InputChannels / T.PerStep;
        _blocks = ColumnBlock.Divide(pass.Targets, pass.Positions.Y, Pairs, Winograd.Products * Segments * _steps);
        MakeKernels();
    }

    /// <inheritdoc/>
    public override long PanelBytes => _blocks.Sum(block => block.PanelBytes);

    /// <inheritdoc/>
    protected override ColumnBlock[] Blocks => _blocks;

    /// <inheritdoc/>
    protected override long ScratchBytes => Math.Max(
        (((2 * Pairs) + 2) * Pass.InputChannels * T.Size) + VectorBytes,
        _blocks.Max(block => Group(block) is var (planes, rows) ? (long)planes * rows * RowOfProducts(block) * Winograd.Products : 0));

    private int Pairs => Winograd.Pairs(Pass.Positions.X);

    private int Segments => _phase.Z.Count * _phase.Y.Count;

    /// <summary>Whether a pass can be computed so, and is the faster for it.</summary>
    public static bool Suits(ConvolutionPass<T> pass) =>
        Winograd.Suits(pass.Shape, T.PerStep) && (pass.Output == T.Output || pass.Output == T.Add);

    /// <inheritdoc/>
    public override void FillPanels(float* weights, NativeBuffer panels) => Workers.For(_blocks.Length * Segments, part =>
    {
        var (block, segment) = (_blocks[part / Segments], part % Segments);
        FillSegment(block, segment, weights, panels.Data + block.PanelOffset + ((long)segment * SegmentBytes(block)));
    });

    /// <inheritdoc/>
    protected override void LoadRow(VoxelSource<T> source, int sample, int z, int y, byte* target, byte* scratch)
    {
        source.CopyRow(sample, z, y, -Pass.Low.X, (2 * Pairs) + 2, scratch);
        Winograd.OfInput<T>(scratch, Pass.InputChannels, Pairs, target, ProductBytes(Pass));
    }

    /// <inheritdoc/>
    protected override void RunBlock(in Block block)
    {
        var segments = stackalloc TileKernel.Segment[Segments];
        var sums = block.Sums;
        foreach (var columns in _blocks)
        {
            var group = Group(columns);
            for (var plane = block.FirstPlane; plane < block.EndPlane; plane += group.Planes)
            {
                for (var row = block.FirstRow; row < block.EndRow; row += group.Rows)
                {
                    var positions = new Positions(plane, Math.Min(plane + group.Planes, block.EndPlane), row, Math.Min(row + group.Rows, block.EndRow));
                    Multiply(block, columns, positions, segments);
                    AddUp(block, columns, positions, sums);
                }
            }

            sums = sums is null ? null : sums + (2 * 16 * columns.Vectors);
        }
    }

    // Where a vector more is written than a voxel has, the next row begins after it.
    private static int ProductBytes(ConvolutionPass<T> pass) =>
        ((Winograd.Pairs(pass.Positions.X) * pass.InputChannels) + (pass.InputChannels % 16 == 0 ? 0 : 16)) * T.Size;

    private int SegmentBytes(ColumnBlock block) => _steps * block.Vectors * VectorBytes;

    private int RowOfProducts(ColumnBlock block) => Pairs * block.Vectors * VectorBytes;

    private (int Planes, int Rows) Group(ColumnBlock block)
    {
        var fit = Math.Max(1, ProductsBytes / (Winograd.Products * RowOfProducts(block)));
        return fit >= BlockRows
            ? (Math.Min(BlockPlanes, fit / BlockRows), BlockRows)
            : (1, Math.Max(1, fit / block.Tiling.Rows) * block.Tiling.Rows);
    }

    private void Multiply(in Block block, ColumnBlock columns, Positions positions, TileKernel.Segment* segments)
    {
        var arguments = new TileKernel.Arguments { Segments = segments, SegmentCount = Segments, C = block.Scratch };
        var voxel = Pass.InputChannels * T.Size;
        for (var product = 0; product < Winograd.Products; product++)
        {
            arguments.B = block.Panels + columns.PanelOffset + ((long)product * Segments * SegmentBytes(columns));
            for (var plane = positions.FirstPlane; plane < positions.EndPlane; plane++)
            {
                FillSegments(columns, plane, segments);
                for (var row = positions.FirstRow; row < positions.EndRow; row += columns.Tiling.Rows)
                {
                    var rows = Math.Min(columns.Tiling.Rows, positions.EndRow - row);
                    arguments.A = block.Input + ((long)(row - block.FirstRow) * RowBytes) + (product * ProductBytes(Pass));
                    foreach (var width in columns.Tiling.Widths)
                    {
                        _kernels[(columns.Vectors, rows, width)].Run(&arguments);
                        arguments.A += width * voxel;
                        arguments.C += width * rows * columns.Vectors * VectorBytes;
                    }
                }
            }
        }
    }

    private void FillSegments(ColumnBlock block, int plane, TileKernel.Segment* segments)
    {
        for (var i = 0; i < Segments; i++)
        {
            segments[i].A = Offset(plane, i / _phase.Y.Count, i % _phase.Y.Count);
            segments[i].B = (nint)i * SegmentBytes(block);
        }
    }

    private void AddUp(in Block block, ColumnBlock columns, Positions positions, float* sums)
    {
        var voxel = Pass.Targets[columns.Target] * T.Size;
        var product = positions.Count * Pairs * columns.Vectors * 16;
        for (var j = 0; j < columns.Vectors; j++)
        {
            var sum = sums is null ? default : Vector512.Load(sums + (16 * j));
            var squares = sums is null ? default : Vector512.Load(sums + (16 * (columns.Vectors + j)));
            var place = (float*)block.Scratch + (16 * j);
            var channels = Math.Min(16, columns.Columns - (16 * j));
            for (var plane = positions.FirstPlane; plane < positions.EndPlane; plane++)
            {
                for (var row = positions.FirstRow; row < positions.EndRow; row += columns.Tiling.Rows)
                {
                    var rows = Math.Min(columns.Tiling.Rows, positions.EndRow - row);
                    var x = 0;
                    foreach (var width in columns.Tiling.Widths)
                    {
                        for (var r = 0; r < rows; r++)
                        {
                            var first = ((((((long)block.Sample * Pass.OutputGrid.Z) + plane) * Pass.OutputGrid.Y) + row + r) * Pass.OutputGrid.X) + x;
                            var output = (byte*)block.Targets[columns.Target] + (first * voxel) + ((columns.TargetChannel + (16 * j)) * T.Size);
                            var outputs = Math.Min(2 * width, Pass.OutputGrid.X - x);
                            AddUpRow(place, 16 * columns.Vectors, product, outputs, output, voxel, channels, ref sum, ref squares);
                            place += width * 16 * columns.Vectors;
                        }

                        x += 2 * width;
                    }
                }
            }

            if (sums is not null)
            {
                sum.Store(sums + (16 * j));
                squares.Store(sums + (16 * (columns.Vectors + j)));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddUpRow(
        float* place, nint pair, nint product, int outputs, byte* output, nint voxel, int channels, ref Vector512<float> sum, ref Vector512<float> squares)
    {
        var (s, q) = (sum, squares);
        for (var x = 0; x < outputs; x += 2, place += pair, output += 2 * voxel)
        {
            var (m0, m1) = (Vector512.Load(place), Vector512.Load(place + product));
            var (m2, m3) = (Vector512.Load(place + (2 * product)), Vector512.Load(place + (3 * product)));
            var (first, second) = (m0 + m1 + m2, m1 - m2 - m3);
            Write(output, first, channels);
            s += first;
            q = Vector512.FusedMultiplyAdd(first, first, q);
            if (x + 1 < outputs)
            {
                Write(output + voxel, second, channels);
                s += second;
                q = Vector512.FusedMultiplyAdd(second, second, q);
            }
        }

        (sum, squares) = (s, q);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Write(byte* output, Vector512<float> values, int channels)
    {
        if (channels < 16)
        {
            WriteSome(output, values, channels);
        }
        else
        {
            T.Store(output, Pass.Output == T.Add ? T.Load(output) + values : values);
        }
    }

    private void WriteSome(byte* output, Vector512<float> values, int channels)
    {
        var numbers = stackalloc byte[16 * sizeof(float)];
        Unsafe.CopyBlockUnaligned(numbers, output, (uint)(channels * T.Size));
        T.Store(numbers, Pass.Output == T.Add ? T.Load(numbers) + values : values);
        Unsafe.CopyBlockUnaligned(output, numbers, (uint)(channels * T.Size));
    }

    private void FillSegment(ColumnBlock block, int segment, float* weights, byte* panel)
    {
        var (kernel, columns) = (Pass.Shape.Kernel, 16 * block.Vectors);
        var z = _phase.Z.FirstTap + (segment / _phase.Y.Count * _phase.Z.TapStep);
        var y = _phase.Y.FirstTap + (segment % _phase.Y.Count * _phase.Y.TapStep);
        var tap = (((z * kernel.Y) + y) * kernel.X) + _phase.X.FirstTap;
        var (inputStride, tapStride, product) = (Pass.WeightIndex(1, 0, 0), _phase.X.TapStep, (long)Segments * SegmentBytes(block));
        for (var p = 0; p < Winograd.Products; p++)
        {
            new Span<byte>(panel + (p * product), SegmentBytes(block)).Clear();
        }

        for (var column = 0; column < block.Columns; column++)
        {
            var weight = weights + Pass.WeightIndex(0, block.Channel + column, tap);
            for (var input = 0; input < Pass.InputChannels; input++, weight += inputStride)
            {
                var place = panel + ((((input / T.PerStep * columns) + column) * sizeof(float)) + (input % T.PerStep * T.Size));
                var (g0, g1, g2, g3) = Winograd.OfWeights(weight[0], weight[tapStride], weight[2 * tapStride]);
                T.Store(place, g0);
                T.Store(place + product, g1);
                T.Store(place + (2 * product), g2);
                T.Store(place + (3 * product), g3);
            }
        }
    }

    private void MakeKernels()
    {
        foreach (var block in _blocks)
        {
            foreach (var width in block.Tiling.Widths.Distinct())
            {
                for (var rows = 1; rows <= block.Tiling.Rows; rows++)
                {
                    _kernels[(block.Vectors, rows, width)] = TileKernel.Of(new()
                    {
                        BFloat16 = T.PerStep == BFloat16Element.PerStep,
                        RowsOfA = [.. Enumerable.Range(0, rows * width).Select(i => (i / width * RowBytes) + (i % width * Pass.InputChannels * T.Size))],
                        RowsOfC = [.. Enumerable.Range(0, rows * width).Select(i => i * block.Vectors * VectorBytes)],
                        StepOfA = sizeof(float),
                        Steps = _steps,
                        Vectors = block.Vectors,
                        Output = TileOutput.Single,
                    });
                }
            }
        }
    }

    /// <summary>Positions whose products are kept together.</summary>
    private readonly record struct Positions(int FirstPlane, int EndPlane, int FirstRow, int EndRow)
    {
        public int Count => (EndPlane - FirstPlane) * (EndRow - FirstRow);
    }
}

using System.Runtime.Intrinsics;

namespace AdwUNet.Cpu;

/// <summary>
/// A pass with stride 1 and three taps along y and x, computed by <see cref="Winograd"/>. The input transform runs when a pair of rows is loaded. The
/// 16 products of a group of positions, which have 2×2 outputs each, stay in the caches until the output transform.
/// </summary>
internal sealed unsafe class WinogradConvolution<T> : ConvolutionAlgorithm<T>
    where T : struct, IStorageFormat
{
    private const int VectorBytes = 64;
    private const int ProductsBytes = 64 << 10; // of the L2 cache, or the pairs of rows of one tile if these need more
    private readonly ColumnBlock[] _blocks;
    private readonly TileKernels[] _kernels;
    private readonly Phase<T> _phase;
    private readonly WinogradInput _input;
    private readonly WinogradOutput?[][] _outputs;

    /// <param name="pass">A pass that <see cref="Supports"/> accepts.</param>
    public WinogradConvolution(ConvolutionPass<T> pass)
        : base(pass, (Winograd.Pairs(pass.Positions.Y), 1, 1), Winograd.Products2D * ProductBytes(pass))
    {
        _phase = pass.Phases.Single();
        _blocks = ColumnBlock.Divide(pass.Targets, Winograd.Pairs(pass.Positions.Y), Pairs, Winograd.Products2D * Segments * Steps);
        _kernels = Array.ConvertAll(_blocks, block => new TileKernels(block.Tiling, (rows, width) => ShapeOf(block, rows, width)));
        _input = WinogradInput.Of(new(IsBFloat16, pass.InputChannels, InputRowBytes, ProductBytes(pass)));
        _outputs = Array.ConvertAll(_blocks, block => new WinogradOutput?[4 * block.Vectors]);
        for (var b = 0; b < _blocks.Length; b++)
        {
            for (var i = 0; i < _outputs[b].Length; i++)
            {
                var (vector, rows, odd) = (i / 4, 1 + (i / 2 % 2), i % 2);
                if ((rows == 2 || pass.OutputGrid.Y % 2 == 1) && (odd == 0 || pass.OutputGrid.X % 2 == 1))
                {
                    _outputs[b][i] = OutputOf(_blocks[b], vector, rows, odd == 1);
                }
            }
        }
    }

    /// <inheritdoc/>
    public override long PanelBytes => _blocks.Sum(block => block.PanelBytes);

    /// <inheritdoc/>
    protected override ColumnBlock[] Blocks => _blocks;

    /// <inheritdoc/>
    protected override long ScratchBytes => Math.Max(
        (long)Winograd.Products * InputRowBytes,
        _blocks.Max(BytesOfGroup));

    private static bool IsBFloat16 => T.PerStep == BFloat16Format.PerStep;

    private int Pairs => Winograd.Pairs(Pass.Positions.X);

    private int Steps => Pass.InputChannels / T.PerStep;

    private int Segments => _phase.Z.Count;

    private int InputRowBytes => (((2 * Pairs) + 2) * Pass.InputChannels * T.Size) + VectorBytes;

    /// <summary>Whether this algorithm can compute a pass and is faster.</summary>
    public static bool Supports(ConvolutionPass<T> pass) =>
        Winograd.Supports2D(pass.Shape, T.PerStep) && (pass.Epilogue == T.StoreEpilogue || pass.Epilogue == T.AccumulateEpilogue);

    /// <inheritdoc/>
    public override void FillPanels(float* weights, NativeBuffer panels) => WinogradPanels.Fill(Pass, _blocks, weights, panels);

    /// <inheritdoc/>
    protected override void LoadRow(InputView<T> source, int sample, int z, int row, byte* target, byte* scratch, bool follows)
    {
        // A pair of rows reads four rows and shares two of them with the previous pair.
        byte* Place(int y) => scratch + (y % Winograd.Products * InputRowBytes);
        var first = 2 * row;
        for (var y = follows ? first + 2 : first; y < first + Winograd.Products; y++)
        {
            source.CopyRow(sample, z, y + Pass.Low.Y, -Pass.Low.X, (2 * Pairs) + 2, Place(y));
        }

        _input.Run(Place(first), Place(first + 2), Pairs, target);
    }

    /// <inheritdoc/>
    protected override void RunBlock(in Block block)
    {
        var segments = stackalloc TileKernel.Segment[Segments];
        var sums = block.Sums;
        for (var b = 0; b < _blocks.Length; b++)
        {
            var columns = _blocks[b];
            var group = Group(columns);
            for (var plane = block.FirstPlane; plane < block.EndPlane; plane += group.Planes)
            {
                for (var row = block.FirstRow; row < block.EndRow; row += group.Rows)
                {
                    var positions = new Positions(plane, Math.Min(plane + group.Planes, block.EndPlane), row, Math.Min(row + group.Rows, block.EndRow));
                    Multiply(block, b, positions, segments);
                    TransformOutputs(block, b, positions, sums);
                }
            }

            sums = sums is null ? null : sums + (2 * 16 * columns.Vectors);
        }
    }

    // Rows are written in whole vectors, so the next row begins after the vector that sticks out.
    private static int ProductBytes(ConvolutionPass<T> pass) =>
        ((Winograd.Pairs(pass.Positions.X) * pass.InputChannels) + (pass.InputChannels % 16 == 0 ? 0 : 16)) * T.Size;

    private int SegmentBytes(ColumnBlock block) => Steps * block.Vectors * VectorBytes;

    private int RowOfProducts(ColumnBlock block) => Pairs * block.Vectors * VectorBytes;

    private (int Planes, int Rows) Group(ColumnBlock block)
    {
        var fit = Math.Max(1, ProductsBytes / (Winograd.Products2D * RowOfProducts(block)));
        return fit >= BlockRows
            ? (Math.Min(BlockPlanes, fit / BlockRows), BlockRows)
            : (1, Math.Max(1, fit / block.Tiling.Rows) * block.Tiling.Rows);
    }

    private long BytesOfGroup(ColumnBlock block)
    {
        var (planes, rows) = Group(block);
        return (long)planes * rows * RowOfProducts(block) * Winograd.Products2D;
    }

    private void Multiply(in Block block, int b, Positions positions, TileKernel.Segment* segments)
    {
        var columns = _blocks[b];
        var arguments = new TileKernel.Arguments { Segments = segments, SegmentCount = Segments, C = block.Scratch };
        var voxel = Pass.InputChannels * T.Size;
        for (var product = 0; product < Winograd.Products2D; product++)
        {
            arguments.B = block.Panels + columns.PanelOffset + ((long)product * Segments * SegmentBytes(columns));
            for (var plane = positions.FirstPlane; plane < positions.EndPlane; plane++)
            {
                FillSegments(columns, plane, segments);
                for (var row = positions.FirstRow; row < positions.EndRow; row += columns.Tiling.Rows)
                {
                    var rows = Math.Min(columns.Tiling.Rows, positions.EndRow - row);
                    arguments.A = block.Input + ((long)(row - block.FirstRow) * RowBytes) + (product * ProductBytes(Pass));
                    var kernels = _kernels[b].Of(rows);
                    for (var i = 0; i < kernels.Length; i++)
                    {
                        var width = columns.Tiling.Widths[i];
                        kernels[i].Run(&arguments);
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
            segments[i].A = Offset(plane, i, 0);
            segments[i].B = (nint)i * SegmentBytes(block);
        }
    }

    private void TransformOutputs(in Block block, int b, Positions positions, float* sums)
    {
        var columns = _blocks[b];
        var voxel = Pass.Targets[columns.Target] * T.Size;
        var grid = Pass.OutputGrid;
        var arguments = new WinogradOutput.Arguments { Product = positions.Count * RowOfProducts(columns) };
        for (var j = 0; j < columns.Vectors; j++)
        {
            arguments.Sums = sums + (16 * j);
            arguments.Squares = arguments.Sums + (16 * columns.Vectors);
            arguments.Products = (float*)block.Scratch + (16 * j);
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
                            var y = 2 * (row + r);
                            var first = ((((((long)block.Sample * grid.Z) + plane) * grid.Y) + y) * grid.X) + x;
                            var outputs = Math.Min(2 * width, grid.X - x);
                            arguments.Output = (byte*)block.Targets[columns.Target] + (first * voxel) + ((columns.TargetChannel + (16 * j)) * T.Size);
                            arguments.Pairs = outputs / 2;
                            _outputs[b][(4 * j) + (grid.Y - y > 1 ? 2 : 0) + (outputs % 2)]!.Run(&arguments);
                            arguments.Products += width * 16 * columns.Vectors;
                        }

                        x += 2 * width;
                    }
                }
            }
        }
    }

    private WinogradOutput OutputOf(ColumnBlock block, int vector, int rows, bool isOdd)
    {
        var voxel = Pass.Targets[block.Target] * T.Size;
        return WinogradOutput.Of(new(
            IsBFloat16,
            Math.Min(16, block.Columns - (16 * vector)),
            block.Vectors * VectorBytes,
            Pass.OutputGrid.X * voxel,
            voxel,
            rows,
            isOdd,
            Add: Pass.Epilogue == T.AccumulateEpilogue,
            Pass.Statistics));
    }

    private TileShape ShapeOf(ColumnBlock block, int rows, int width) => new()
    {
        BFloat16 = IsBFloat16,
        RowOffsetsA = [.. Enumerable.Range(0, rows * width).Select(i => (i / width * RowBytes) + (i % width * Pass.InputChannels * T.Size))],
        RowOffsetsC = [.. Enumerable.Range(0, rows * width).Select(i => i * block.Vectors * VectorBytes)],
        StepBytesA = sizeof(float),
        Steps = Steps,
        Vectors = block.Vectors,
        LastColumns = TileKernel.ComputedColumns(block.Columns - (16 * (block.Vectors - 1))),
        Epilogue = Epilogue.StoreFloat32,
    };

    /// <summary>A group of positions whose products are in the caches at the same time.</summary>
    private readonly record struct Positions(int FirstPlane, int EndPlane, int FirstRow, int EndRow)
    {
        public int Count => (EndPlane - FirstPlane) * (EndRow - FirstRow);
    }
}

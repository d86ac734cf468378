using System.Runtime.InteropServices;

namespace AdwUNet.Cpu;

/// <summary>
/// Computes a <see cref="ConvolutionPass{T}"/>. Blocks of rows and planes of the input are copied, zero-padded and possibly transformed, into a
/// buffer that fits into the L2 cache. The tile kernels read them from there.
/// </summary>
internal abstract unsafe class ConvolutionAlgorithm<T>
    where T : struct, IStorageFormat
{
    private const int CacheBytes = 400 << 10; // of a 1 MiB L2 cache, which also holds weights
    private const int Gap = 64; // after a plane: rows are written in whole vectors, and a segment with an odd number of values reads one more
    private const int MinPlanes = 4; // neighbouring chunks both copy the planes at their border
    private readonly (int Count, int Step, int Span) _rows;
    private readonly int _planeBytes;
    private readonly int _slots;
    private readonly (int Sample, int FirstRow, int FirstPlane)[] _items;
    private readonly int _chunk;

    /// <summary>Divides a pass into blocks.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="rows">
    /// Number of rows of positions; buffered rows from one row of positions to the next; buffered rows that one row of positions reads.
    /// </param>
    /// <param name="rowBytes">Bytes of a buffered row.</param>
    protected ConvolutionAlgorithm(ConvolutionPass<T> pass, (int Count, int Step, int Span) rows, int rowBytes)
    {
        (Pass, _rows, RowBytes) = (pass, rows, rowBytes);
        var (positions, step, span) = (pass.Positions, pass.InputStep, pass.Span);
        int PlaneBytes(int count) => ((BufferedRows(count) * rowBytes) + (2 * Gap) - 1) / Gap * Gap;
        int Slots(int planes) => ((planes - 1) * step.Z) + span.Z;
        var whole = (long)Slots(positions.Z) * PlaneBytes(rows.Count) <= CacheBytes;
        BlockPlanes = whole ? positions.Z : 1;
        _slots = Slots(BlockPlanes);
        var blocks = Enumerable.Range(1, rows.Count).First(n => n == rows.Count || (long)_slots * PlaneBytes((rows.Count + n - 1) / n) <= CacheBytes);
        BlockRows = (rows.Count + blocks - 1) / blocks;
        _planeBytes = PlaneBytes(BlockRows);
        _chunk = whole ? positions.Z : Math.Max(MinPlanes, (positions.Z + 3) / 4);
        _items =
        [
            .. from sample in Enumerable.Range(0, pass.Shape.Batch)
               from row in Enumerable.Range(0, (rows.Count + BlockRows - 1) / BlockRows)
               from plane in Enumerable.Range(0, (positions.Z + _chunk - 1) / _chunk)
               select (sample, row * BlockRows, plane * _chunk),
        ];
    }

    /// <summary>The pass that is computed.</summary>
    public ConvolutionPass<T> Pass { get; }

    /// <summary>Bytes of the packed weights.</summary>
    public abstract long PanelBytes { get; }

    /// <summary>The column blocks of the output channels.</summary>
    protected abstract ColumnBlock[] Blocks { get; }

    /// <summary>Scratch memory of a task in bytes. <see cref="LoadRow"/> and <see cref="RunBlock"/> use it one after the other.</summary>
    protected virtual long ScratchBytes => 0;

    /// <summary>Bytes of a buffered row.</summary>
    protected int RowBytes { get; }

    /// <summary>The largest number of rows of positions in a block.</summary>
    protected int BlockRows { get; }

    /// <summary>The largest number of planes in a block.</summary>
    protected int BlockPlanes { get; }

    private int BufferedRows(int rows) => ((rows - 1) * _rows.Step) + _rows.Span;

    private int StatisticsPerItem => Blocks.Sum(block => 2 * 16 * block.Vectors);

    /// <summary>Packs the weights into the panels that the tile kernels read.</summary>
    /// <param name="weights">The weights in PyTorch's order.</param>
    /// <param name="panels">Overwritten; has <see cref="PanelBytes"/>.</param>
    public abstract void FillPanels(float* weights, NativeBuffer panels);

    /// <summary>Computes the output.</summary>
    /// <param name="source">The input.</param>
    /// <param name="panels">The weights, packed by <see cref="FillPanels"/>.</param>
    /// <param name="targets">Addresses of the output arrays.</param>
    /// <param name="sums">Receives the sums of the output channels if the pass has statistics.</param>
    /// <param name="pool">Provides buffers.</param>
    public void Run(InputView<T> source, NativeBuffer panels, nint[] targets, ChannelSums? sums, BufferPool pool)
    {
        Prepare(targets);
        var perItem = sums is null ? 0 : StatisticsPerItem;
        var parts = sums is null ? null : pool.Rent((long)_items.Length * perItem * sizeof(float));
        Workers.For(_items.Length, item =>
        {
            var bufferBytes = (long)_slots * _planeBytes;
            var buffer = pool.Rent(bufferBytes + ScratchBytes);
            var itemSums = parts is null ? null : (float*)parts.Data + ((long)item * perItem);
            NativeMemory.Clear(itemSums, (nuint)perItem * sizeof(float));
            RunItem(_items[item], source, buffer.Data, buffer.Data + bufferBytes, panels.Data, targets, itemSums);
            pool.Return(buffer);
        });
        if (parts is not null)
        {
            ReduceStatistics((float*)parts.Data, sums!);
            pool.Return(parts);
        }
    }

    /// <summary>Called once before the computation.</summary>
    protected virtual void Prepare(nint[] targets)
    {
    }

    /// <summary>Fills a buffered row from the zero-padded input.</summary>
    /// <param name="source">The input.</param>
    /// <param name="sample">Index of the sample.</param>
    /// <param name="z">Plane of the input; planes outside of the input are zero.</param>
    /// <param name="row">Index of the buffered row, counted from the first one of the pass.</param>
    /// <param name="target">Has <see cref="RowBytes"/>; up to 15 more values may be overwritten.</param>
    /// <param name="scratch">Has <see cref="ScratchBytes"/>.</param>
    /// <param name="follows">Whether the previous call filled the row before this one, with the same <paramref name="scratch"/>.</param>
    protected abstract void LoadRow(InputView<T> source, int sample, int z, int row, byte* target, byte* scratch, bool follows);

    /// <summary>Computes a block of rows and planes whose input is in the buffer.</summary>
    protected abstract void RunBlock(in Block block);

    /// <summary>Offset in the buffer, in bytes, of the input of a plane's first row under a tap. Taps are counted from the lowest one.</summary>
    protected nint Offset(int plane, int tapZ, int tapY) =>
        ((nint)(((plane * Pass.InputStep.Z) + tapZ) % _slots) * _planeBytes) + (tapY * RowBytes);

    // Reduces in a fixed order: the result does not depend on the number of threads.
    private void ReduceStatistics(float* parts, ChannelSums sums)
    {
        sums.Clear();
        foreach (var (sample, _, _) in _items)
        {
            foreach (var block in Blocks)
            {
                for (var column = 0; column < block.Columns; column++)
                {
                    sums.Add(sample, block.Channel + column, parts[column], parts[(16 * block.Vectors) + column]);
                }

                parts += 2 * 16 * block.Vectors;
            }
        }
    }

    private void RunItem(
        (int Sample, int FirstRow, int FirstPlane) item, InputView<T> source, byte* buffer, byte* scratch, byte* panels, nint[] targets, float* sums)
    {
        var (step, span) = (Pass.InputStep, Pass.Span);
        var end = Math.Min(item.FirstPlane + _chunk, Pass.Positions.Z);
        var loaded = item.FirstPlane * step.Z;
        for (var plane = item.FirstPlane; plane < end; plane += BlockPlanes)
        {
            var planes = Math.Min(BlockPlanes, end - plane);
            var needed = ((plane + planes - 1) * step.Z) + span.Z;
            for (loaded = Math.Max(loaded, plane * step.Z); loaded < needed; loaded++)
            {
                LoadPlane(source, item.Sample, loaded, item.FirstRow, buffer + ((long)(loaded % _slots) * _planeBytes), scratch);
            }

            RunBlock(new()
            {
                Sample = item.Sample,
                FirstRow = item.FirstRow,
                EndRow = Math.Min(item.FirstRow + BlockRows, _rows.Count),
                FirstPlane = plane,
                EndPlane = plane + planes,
                Input = buffer,
                Scratch = scratch,
                Panels = panels,
                Targets = targets,
                Sums = sums,
            });
        }
    }

    private void LoadPlane(InputView<T> source, int sample, int plane, int firstRow, byte* target, byte* scratch)
    {
        var rows = BufferedRows(Math.Min(BlockRows, _rows.Count - firstRow));
        for (var row = 0; row < rows; row++)
        {
            LoadRow(source, sample, plane + Pass.Low.Z, (firstRow * _rows.Step) + row, target + ((long)row * RowBytes), scratch, follows: row > 0);
        }

        NativeMemory.Clear(target + ((long)rows * RowBytes), Gap);
    }

    /// <summary>A block of rows and planes of positions, and the addresses of its operands.</summary>
    protected readonly ref struct Block
    {
        public required int Sample { get; init; }

        public required int FirstRow { get; init; }

        public required int EndRow { get; init; }

        public required int FirstPlane { get; init; }

        public required int EndPlane { get; init; }

        public required byte* Input { get; init; }

        public required byte* Scratch { get; init; }

        public required byte* Panels { get; init; }

        public required nint[] Targets { get; init; }

        /// <summary>Sums of the block's outputs, for one column block after the other; null without statistics.</summary>
        public required float* Sums { get; init; }
    }
}

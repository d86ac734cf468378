using System.Runtime.InteropServices;

namespace AdwUNet.Cpu;

/// <summary>
/// Computes a <see cref="ConvolutionPass{T}"/>: blocks of rows and planes, with the zeros around them, or factors made of them, are laid into a
/// buffer that stays in the second-level cache, and from there go tile by tile through the kernels.
/// </summary>
internal abstract unsafe class PassRun<T>
    where T : struct, IElement
{
    private const int CacheBytes = 400 << 10; // of a megabyte, which also holds weights
    private const int Gap = 64; // after a plane: copying writes whole vectors, and a run of an odd number of channels reads one more
    private const int FewestPlanes = 4; // a chunk copies some planes that its neighbour copies too
    private readonly (int Count, int Step, int Span) _rows;
    private readonly int _planeBytes;
    private readonly int _slots;
    private readonly (int Sample, int FirstRow, int FirstPlane)[] _items;
    private readonly int _chunk;

    /// <summary>Cuts a pass into blocks.</summary>
    /// <param name="pass">What is computed.</param>
    /// <param name="rows">Rows of positions, buffered rows from one to the next, and buffered rows that one needs.</param>
    /// <param name="rowBytes">Bytes of a buffered row.</param>
    protected PassRun(ConvolutionPass<T> pass, (int Count, int Step, int Span) rows, int rowBytes)
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
        _chunk = whole ? positions.Z : Math.Max(FewestPlanes, (positions.Z + 3) / 4);
        _items =
        [
            .. from sample in Enumerable.Range(0, pass.Shape.Batch)
               from row in Enumerable.Range(0, (rows.Count + BlockRows - 1) / BlockRows)
               from plane in Enumerable.Range(0, (positions.Z + _chunk - 1) / _chunk)
               select (sample, row * BlockRows, plane * _chunk),
        ];
    }

    /// <summary>What is computed.</summary>
    public ConvolutionPass<T> Pass { get; }

    /// <summary>Bytes of the weights as tiles read them.</summary>
    public abstract long PanelBytes { get; }

    /// <summary>The output's channels as tiles share them.</summary>
    protected abstract ColumnBlock[] Blocks { get; }

    /// <summary>Bytes for filling buffered rows and, after that, for computing a block.</summary>
    protected virtual long ScratchBytes => 0;

    /// <summary>Bytes of a buffered row.</summary>
    protected int RowBytes { get; }

    /// <summary>The most rows of positions in a block.</summary>
    protected int BlockRows { get; }

    /// <summary>The most planes of a block.</summary>
    protected int BlockPlanes { get; }

    private int BufferedRows(int rows) => ((rows - 1) * _rows.Step) + _rows.Span;

    private int StatisticsPerItem => Blocks.Sum(block => 2 * 16 * block.Vectors);

    /// <summary>Lays the weights out as tiles read them.</summary>
    /// <param name="weights">In PyTorch's order.</param>
    /// <param name="panels">Of <see cref="PanelBytes"/>.</param>
    public abstract void FillPanels(float* weights, NativeBuffer panels);

    /// <summary>Computes the output.</summary>
    /// <param name="source">The input.</param>
    /// <param name="panels">The weights, as <see cref="FillPanels"/> lays them out.</param>
    /// <param name="targets">Addresses of the output's arrays.</param>
    /// <param name="sums">Given the sums of the output's channels, where the pass has statistics.</param>
    /// <param name="pool">Where buffers come from.</param>
    public void Run(VoxelSource<T> source, NativeBuffer panels, nint[] targets, ChannelSums? sums, BufferPool pool)
    {
        Begin(targets);
        var perItem = sums is null ? 0 : StatisticsPerItem;
        var parts = sums is null ? null : pool.Rent((long)_items.Length * perItem * sizeof(float));
        Workers.For(_items.Length, item =>
        {
            var patchBytes = (long)_slots * _planeBytes;
            var patch = pool.Rent(patchBytes + ScratchBytes);
            var itemSums = parts is null ? null : (float*)parts.Data + ((long)item * perItem);
            NativeMemory.Clear(itemSums, (nuint)perItem * sizeof(float));
            RunItem(_items[item], source, patch.Data, patch.Data + patchBytes, panels.Data, targets, itemSums);
            pool.Return(patch);
        });
        if (parts is not null)
        {
            AddUp((float*)parts.Data, sums!);
            pool.Return(parts);
        }
    }

    /// <summary>Called before anything is computed.</summary>
    protected virtual void Begin(nint[] targets)
    {
    }

    /// <summary>Fills a buffered row from the input and the zeros around it.</summary>
    /// <param name="source">The input.</param>
    /// <param name="sample">Which sample.</param>
    /// <param name="z">Which plane; outside there are zeros.</param>
    /// <param name="row">Which buffered row, counted from the first of the pass; no row of the input.</param>
    /// <param name="target">Of <see cref="RowBytes"/>; up to 15 numbers more may be overwritten.</param>
    /// <param name="scratch">Of <see cref="ScratchBytes"/>.</param>
    /// <param name="follows">Whether the row before it was filled just now, and left in <paramref name="scratch"/> what it did.</param>
    protected abstract void LoadRow(VoxelSource<T> source, int sample, int z, int row, byte* target, byte* scratch, bool follows);

    /// <summary>Computes a block of rows and planes whose input is loaded.</summary>
    protected abstract void RunBlock(in Block block);

    /// <summary>Where the input of a plane's first row begins under a tap, in bytes from the buffer; taps are counted from the lowest.</summary>
    protected nint Offset(int plane, int tapZ, int tapY) =>
        ((nint)(((plane * Pass.InputStep.Z) + tapZ) % _slots) * _planeBytes) + (tapY * RowBytes);

    // In a fixed order, so that the number of threads changes nothing.
    private void AddUp(float* parts, ChannelSums sums)
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
        (int Sample, int FirstRow, int FirstPlane) item, VoxelSource<T> source, byte* patch, byte* scratch, byte* panels, nint[] targets, float* sums)
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
                LoadPlane(source, item.Sample, loaded, item.FirstRow, patch + ((long)(loaded % _slots) * _planeBytes), scratch);
            }

            RunBlock(new()
            {
                Sample = item.Sample,
                FirstRow = item.FirstRow,
                EndRow = Math.Min(item.FirstRow + BlockRows, _rows.Count),
                FirstPlane = plane,
                EndPlane = plane + planes,
                Input = patch,
                Scratch = scratch,
                Panels = panels,
                Targets = targets,
                Sums = sums,
            });
        }
    }

    private void LoadPlane(VoxelSource<T> source, int sample, int plane, int firstRow, byte* target, byte* scratch)
    {
        var rows = BufferedRows(Math.Min(BlockRows, _rows.Count - firstRow));
        for (var row = 0; row < rows; row++)
        {
            LoadRow(source, sample, plane + Pass.Low.Z, (firstRow * _rows.Step) + row, target + ((long)row * RowBytes), scratch, follows: row > 0);
        }

        NativeMemory.Clear(target + ((long)rows * RowBytes), Gap);
    }

    /// <summary>Rows and planes of positions, and where what they need lies.</summary>
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

        /// <summary>Sums of the block's outputs, after one another for each block of columns; null where none are wanted.</summary>
        public required float* Sums { get; init; }
    }
}

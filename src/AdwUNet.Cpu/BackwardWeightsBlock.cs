namespace AdwUNet.Cpu;

/// <summary>One task of <see cref="BackwardWeights{T}"/>: some planes of the batch and some channels of the fine grid.</summary>
internal sealed unsafe class BackwardWeightsBlock<T>
    where T : struct, IStorageFormat
{
    private const int FineCacheBytes = 420 << 10; // of a 1 MiB L2 cache
    private const int CoarseCacheBytes = 28 << 10; // of a 48 KiB L1 cache, for one column block
    private const int Gap = 64; // after a plane, because rows are written in whole vectors
    private readonly ConvolutionShape _shape;
    private readonly RowLayout<T> _layout;
    private readonly int[] _blocks;
    private readonly (TileKernel[][] Set, TileKernel[][] Add) _kernels;
    private readonly int _firstChannel;
    private readonly int[] _tiles;
    private readonly int _columns;
    private readonly bool _joinsTaps;
    private readonly int _rows;
    private readonly int _planes;
    private readonly int _slots;
    private readonly int _planeBytes;

    public BackwardWeightsBlock(
        ConvolutionShape shape,
        RowLayout<T> layout,
        int[] blocks,
        (TileKernel[][] Set, TileKernel[][] Add) kernels,
        int firstChannel,
        int[] tiles,
        int columns,
        bool joinsTaps)
    {
        (_shape, _layout, _blocks, _kernels, _firstChannel, _tiles, _columns, _joinsTaps) = (shape, layout, blocks, kernels, firstChannel, tiles, columns, joinsTaps);
        var (coarse, kernel, stride) = (shape.Coarse, shape.Kernel, shape.Stride);
        int FineRowsOf(int rows) => ((rows - 1) * stride.Y) + kernel.Y;
        int SlotsOf(int planes) => ((planes - 1) * stride.Z) + kernel.Z;
        bool Fits(int planes, int rows) =>
            (long)planes * rows * layout.CoarseBytes(blocks[0]) <= CoarseCacheBytes && (long)SlotsOf(planes) * FineRowsOf(rows) * layout.FineBytes <= FineCacheBytes;
        var parts = Enumerable.Range(1, coarse.Y).First(n => n == coarse.Y || Fits(1, (coarse.Y + n - 1) / n));
        _rows = (coarse.Y + parts - 1) / parts;
        _planes = _rows < coarse.Y ? 1 : Enumerable.Range(1, coarse.Z).Last(n => n == 1 || Fits(n, _rows));
        _slots = SlotsOf(_planes);
        _planeBytes = (FineRowsOf(_rows) * layout.FineBytes) + Gap;
    }

    /// <summary>
    /// Sums the products over some planes into [tap z, tap y, product along x, fine channel, coarse channel]. Planes are counted over all samples.
    /// </summary>
    public void Run(InputView<T> fine, InputView<T> coarse, int firstPlane, int endPlane, float* sums, BufferPool pool)
    {
        var rowBytes = (((_layout.FineVoxels + 1) * _shape.FineChannels) + 16) * T.Size; // the second voxel of an unused last pair lies behind the row
        var coarseBytes = (long)_layout.CoarseRows * _planes * _rows * _layout.CoarseBytes(_columns / 16);
        var buffer = pool.Rent(((long)_slots * _planeBytes) + Gap + coarseBytes + Gap + Math.Max(rowBytes, CoarseVoxelRowBytes));
        var panels = buffer.Data + (((long)_slots * _planeBytes) + Gap) / Gap * Gap;
        var row = panels + coarseBytes + Gap;
        var first = true;
        for (var firstRow = 0; firstRow < _shape.Coarse.Y; firstRow += _rows)
        {
            var rows = Math.Min(_rows, _shape.Coarse.Y - firstRow);
            var (loadedSample, loaded) = (-1, 0);
            for (var unit = firstPlane; unit < endPlane;)
            {
                var (sample, plane) = (unit / _shape.Coarse.Z, unit % _shape.Coarse.Z);
                var planes = Math.Min(Math.Min(_planes, endPlane - unit), _shape.Coarse.Z - plane);
                var lowest = plane * _shape.Stride.Z;
                loaded = sample == loadedSample ? Math.Max(loaded, lowest) : lowest;
                loadedSample = sample;
                for (; loaded < lowest + ((planes - 1) * _shape.Stride.Z) + _shape.Kernel.Z; loaded++)
                {
                    LoadFine(fine, sample, loaded, firstRow, rows, row, buffer.Data + ((long)(loaded % _slots) * _planeBytes));
                }

                LoadCoarse(coarse, sample, plane, planes, firstRow, rows, row, panels);
                Multiply(plane, planes, rows, buffer.Data, panels, sums, add: !first);
                first = false;
                unit += planes;
            }
        }

        pool.Return(buffer);
    }

    private int CoarseVoxelRowBytes => (((_layout.CoarseVoxels * _shape.CoarseChannels) + 16) * T.Size) + Gap;

    private void LoadFine(InputView<T> source, int sample, int plane, int firstRow, int rows, byte* row, byte* target)
    {
        for (var y = 0; y < ((rows - 1) * _shape.Stride.Y) + _shape.Kernel.Y; y++, target += _layout.FineBytes)
        {
            source.CopyRow(
                sample, plane - _shape.Padding.Z, (firstRow * _shape.Stride.Y) + y - _shape.Padding.Y, _shape.Padding.X, _layout.FineVoxels, row);
            _layout.FillFine(row, _firstChannel, _shape.FineChannels, target);
        }
    }

    private void LoadCoarse(InputView<T> source, int sample, int plane, int planes, int firstRow, int rows, byte* row, byte* panels)
    {
        for (var i = 0; i < planes * rows; i++)
        {
            source.CopyRow(sample, plane + (i / rows), firstRow + (i % rows), 0, _layout.CoarseVoxels, row);
            var blockPanels = panels;
            var channel = row;
            foreach (var vectors in _blocks)
            {
                var panel = PanelBytes(vectors);
                _layout.FillCoarse(channel, _shape.CoarseChannels, vectors, blockPanels + ((long)i * _layout.CoarseBytes(vectors)), (nint)panel);
                blockPanels += _layout.CoarseRows * panel;
                channel += 16 * vectors * T.Size;
            }
        }
    }

    // Bytes of the panels of one of the coarse rows that a row of voxels is packed into.
    private long PanelBytes(int vectors) => (long)_planes * _rows * _layout.CoarseBytes(vectors);

    private void Multiply(int plane, int planes, int rows, byte* fine, byte* panels, float* sums, bool add)
    {
        var segments = stackalloc TileKernel.Segment[planes * rows];
        var arguments = new TileKernel.Arguments { Segments = segments, SegmentCount = planes * rows };
        var column = 0;
        for (var b = 0; b < _blocks.Length; b++)
        {
            var vectors = _blocks[b];
            var kernels = (add ? _kernels.Add : _kernels.Set)[b];
            for (var tap = 0; tap < _shape.Kernel.Z * _shape.Kernel.Y; tap += _joinsTaps ? _shape.Kernel.Y : 1)
            {
                var (z, y) = (tap / _shape.Kernel.Y, tap % _shape.Kernel.Y);
                if (y == 0)
                {
                    FillSegments(plane, z, planes, rows, vectors, segments);
                }

                for (var product = 0; product < (_joinsTaps ? 1 : _layout.Products); product++)
                {
                    arguments.B = panels + (product % _layout.CoarseRows * PanelBytes(vectors));
                    var a = fine + (y * _layout.FineBytes) + _layout.FineOffset(product);
                    var c = sums + (((((long)tap * _layout.Products) + product) * _shape.FineChannels) + _firstChannel) * _columns + column;
                    for (var i = 0; i < kernels.Length; i++)
                    {
                        var size = _tiles[i];
                        arguments.A = a;
                        arguments.C = (byte*)c;
                        kernels[i].Run(&arguments);
                        a += size * sizeof(float);
                        c += size * _columns;
                    }
                }
            }

            panels += _layout.CoarseRows * PanelBytes(vectors);
            column += 16 * vectors;
        }
    }

    private void FillSegments(int plane, int tap, int planes, int rows, int vectors, TileKernel.Segment* segments)
    {
        for (var i = 0; i < planes * rows; i++)
        {
            var slot = (((plane + (i / rows)) * _shape.Stride.Z) + tap) % _slots;
            segments[i].A = ((nint)slot * _planeBytes) + ((nint)(i % rows) * _shape.Stride.Y * _layout.FineBytes);
            segments[i].B = (nint)i * _layout.CoarseBytes(vectors);
        }
    }
}

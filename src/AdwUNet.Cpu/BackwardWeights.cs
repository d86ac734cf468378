using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AdwUNet.Cpu;

/// <summary>
/// The backward-weights pass of a convolution. For each kernel tap, it sums over the coarse voxels the outer product of the channels of the fine
/// voxel under the tap and the channels of the coarse voxel. Along x, the sums can be those of the <see cref="Winograd"/> products; they are
/// transformed into taps at the end.
/// </summary>
/// <remarks>
/// Both inputs are packed, block by block, into the order in which the tile kernels read them. Each fixed part of the batch has its own partial sums,
/// which are reduced in a fixed order: the result does not depend on the number of threads.
/// </remarks>
internal sealed unsafe class BackwardWeights<T>
    where T : struct, IStorageFormat
{
    /// <summary>The largest number of vectors of a column block.</summary>
    public const int MaxVectors = 3;

    private const long PartialBytes = 4 << 20;
    private const int MaxPartials = 8;
    private const int MinItems = 4;
    private readonly ConvolutionShape _shape;
    private readonly int _columns;
    private readonly int[] _blocks;
    private readonly Group[] _groups;
    private readonly int _products;
    private readonly int _partials;

    public BackwardWeights(ConvolutionShape shape)
    {
        _shape = shape;
        var vectors = (shape.CoarseChannels + 15) / 16;
        _columns = 16 * vectors;
        _blocks = Tiling.Split(vectors, Math.Min(MaxVectors, TileKernel.MaxVectors));
        _products = shape.Kernel.Z * shape.Kernel.Y * RowLayout<T>.Of(shape, 1).Products;
        var tiles = Tiling.Split(shape.FineChannels, TileKernel.MaxRows(_blocks[0]));
        _partials = (int)Math.Clamp(PartialBytes / (SumFloats * sizeof(float)), 1, Math.Min(MaxPartials, shape.Batch * shape.Coarse.Z));
        if (SumFloats * _partials > shape.Batch * shape.Coarse.Count * _columns * 4)
        {
            // The sums are larger than the data. Several groups of channels pack the same data, which costs less than several partial sums.
            _partials = Math.Min(_partials, tiles.Length >= MinItems ? 1 : MinItems / tiles.Length);
        }

        var groups = Tiling.Split(tiles.Length, Math.Max(1, tiles.Length * _partials / MinItems));
        _groups = new Group[groups.Length];
        for (int i = 0, tile = 0, channel = 0; i < groups.Length; tile += groups[i], i++)
        {
            _groups[i] = new(shape, channel, tiles[tile..(tile + groups[i])], _blocks);
            channel += _groups[i].Channels;
        }
    }

    private long SumFloats => (long)_products * _shape.FineChannels * _columns;

    /// <summary>Computes the gradient of the weights.</summary>
    /// <param name="fine">Voxels of the fine grid: the input of a convolution, the output gradient of a transposed convolution.</param>
    /// <param name="coarse">Voxels of the coarse grid: the output gradient of a convolution, the input of a transposed convolution.</param>
    /// <param name="gradient">Overwritten; in the order of the weights.</param>
    /// <param name="pool">Provides the workspace.</param>
    public void Run(InputView<T> fine, InputView<T> coarse, float* gradient, BufferPool pool)
    {
        var sums = pool.Workspace(_partials * SumFloats * sizeof(float));
        Workers.For(_partials * _groups.Length, item =>
        {
            var (partial, group) = (item / _groups.Length, _groups[item % _groups.Length]);
            var target = (float*)sums.Data + (partial * SumFloats);
            var planes = (long)_shape.Batch * _shape.Coarse.Z;
            new BackwardWeightsBlock<T>(_shape, group.Rows, _blocks, (group.Set, group.Add), group.FirstChannel, group.Tiles, _columns, group.JoinsTaps)
                .Run(fine, coarse, (int)(planes * partial / _partials), (int)(planes * (partial + 1) / _partials), target, pool);
        });
        Reduce((float*)sums.Data, gradient);
    }

    // Reduces the partial sums and transposes [product, fine, coarse] to [coarse, fine, tap].
    private void Reduce(float* sums, float* gradient) =>
        Workers.For(_columns / 16, part => Reduce(sums, gradient, 16 * part, Math.Min(16, _shape.CoarseChannels - (16 * part))));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Reduce(float* sums, float* gradient, int first, int count)
    {
        var (fine, taps, layout, partials, partial) = (_shape.FineChannels, _shape.Taps, _groups[0].Rows, _partials, SumFloats);
        var (products, kernelX, kernelRows) = (layout.Products, _shape.Kernel.X, _shape.Kernel.Z * _shape.Kernel.Y);
        var row = stackalloc Vector512<float>[products];
        var all = stackalloc float[16 * taps];
        var (next, coarse) = ((nint)fine * _columns, (nint)fine * taps);
        for (var channel = 0; channel < fine; channel++)
        {
            var place = sums + ((nint)channel * _columns) + first;
            for (var r = 0; r < kernelRows; r++)
            {
                for (var product = 0; product < products; product++, place += next)
                {
                    var sum = Vector512.Load(place);
                    for (var i = 1; i < partials; i++)
                    {
                        sum += Vector512.Load(place + (i * partial));
                    }

                    row[product] = sum;
                }

                layout.ToTaps(new(row, products));
                for (var x = 0; x < kernelX; x++)
                {
                    row[x].Store(all + (16 * ((r * kernelX) + x)));
                }
            }

            var target = gradient + (first * coarse) + ((nint)channel * taps);
            for (var i = 0; i < count; i++, target += coarse)
            {
                for (var tap = 0; tap < taps; tap++)
                {
                    target[tap] = all[(16 * tap) + i];
                }
            }
        }
    }

    /// <summary>The fine channels that one task computes.</summary>
    private sealed class Group
    {
        public Group(ConvolutionShape shape, int firstChannel, int[] tiles, int[] blocks)
        {
            (FirstChannel, Tiles, Channels) = (firstChannel, tiles, tiles.Sum());
            Rows = RowLayout<T>.Of(shape, Channels);
            var columns = 16 * ((shape.CoarseChannels + 15) / 16);
            JoinsTaps = tiles.Length == 1 && Channels == shape.FineChannels && Rows.CoarseRows == 1
                && shape.Kernel.Y * Rows.Products * Channels <= TileKernel.MaxRows(blocks[0]);
            var lastColumns = TileKernel.ComputedColumns(shape.CoarseChannels - (columns - 16));
            TileKernel Kernel(int size, int block, Epilogue epilogue) => TileKernel.Of(new()
            {
                BFloat16 = T.PerStep == BFloat16Format.PerStep,
                RowOffsetsA = JoinsTaps
                    ? [.. from y in Enumerable.Range(0, shape.Kernel.Y) from product in Enumerable.Range(0, Rows.Products) from i in Enumerable.Range(0, size)
                          select (y * Rows.FineBytes) + Rows.FineOffset(product) + (i * sizeof(float))]
                    : [.. Enumerable.Range(0, size).Select(i => i * sizeof(float))],
                RowOffsetsC = [.. Enumerable.Range(0, JoinsTaps ? shape.Kernel.Y * Rows.Products * size : size).Select(i => i * columns * sizeof(float))],
                StepBytesA = Rows.EntriesPerStep * Rows.EntryBytes,
                Steps = Rows.Steps,
                Vectors = blocks[block],
                LastColumns = block == blocks.Length - 1 ? lastColumns : 16,
                Epilogue = epilogue,
            });
            TileKernel[][] Kernels(Epilogue epilogue) =>
                [.. Enumerable.Range(0, blocks.Length).Select(block => Array.ConvertAll(tiles, size => Kernel(size, block, epilogue)))];
            (Set, Add) = (Kernels(Epilogue.StoreFloat32), Kernels(Epilogue.AccumulateFloat32));
        }

        /// <summary>
        /// Whether a tile has the rows of all taps along y and x. An image has one or a few channels; with one row for each, a tile waits for its own sums.
        /// </summary>
        public bool JoinsTaps { get; }

        public int FirstChannel { get; }

        public int[] Tiles { get; }

        public int Channels { get; }

        public RowLayout<T> Rows { get; }

        /// <summary>For each column block, the kernels of its tiles; they overwrite the sums.</summary>
        public TileKernel[][] Set { get; }

        /// <summary>The same kernels; they accumulate into the sums.</summary>
        public TileKernel[][] Add { get; }
    }
}

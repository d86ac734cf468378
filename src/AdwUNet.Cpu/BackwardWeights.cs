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
    private const int MaxVectors = 3;
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
        _blocks = Tiling.Split(vectors, MaxVectors);
        _products = shape.Kernel.Z * shape.Kernel.Y * RowLayout<T>.Of(shape, 1).Products;
        _partials = (int)Math.Clamp(PartialBytes / (SumFloats * sizeof(float)), 1, Math.Min(MaxPartials, shape.Batch * shape.Coarse.Z));
        var tiles = Tiling.Split(shape.FineChannels, TileKernel.MaxRows(_blocks[0]));
        var groups = Tiling.Split(tiles.Length, (tiles.Length + MinItems - 1) / MinItems * _partials);
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
            new BackwardWeightsBlock<T>(_shape, group.Rows, _blocks, (group.Set, group.Add), group.FirstChannel, group.Tiles, _columns)
                .Run(fine, coarse, (int)(planes * partial / _partials), (int)(planes * (partial + 1) / _partials), target, pool);
        });
        Reduce((float*)sums.Data, gradient);
    }

    // Reduces the partial sums and transposes [product, fine, coarse] to [coarse, fine, tap].
    private void Reduce(float* sums, float* gradient)
    {
        var (fine, taps, rows) = (_shape.FineChannels, _shape.Taps, _groups[0].Rows);
        Workers.For(_columns / 16, part =>
        {
            var (first, count) = (16 * part, Math.Min(16, _shape.CoarseChannels - (16 * part)));
            var total = stackalloc float[16];
            var products = stackalloc Vector512<float>[rows.Products];
            for (var channel = 0; channel < fine; channel++)
            {
                for (var row = 0; row < _shape.Kernel.Z * _shape.Kernel.Y; row++)
                {
                    for (var product = 0; product < rows.Products; product++)
                    {
                        var place = sums + (((((long)row * rows.Products) + product) * fine) + channel) * _columns + first;
                        products[product] = Vector512.Load(place);
                        for (var partial = 1; partial < _partials; partial++)
                        {
                            products[product] += Vector512.Load(place + (partial * SumFloats));
                        }
                    }

                    rows.ToTaps(new(products, rows.Products));
                    for (var x = 0; x < _shape.Kernel.X; x++)
                    {
                        products[x].Store(total);
                        var target = gradient + ((((long)first * fine) + channel) * taps) + (row * _shape.Kernel.X) + x;
                        for (var i = 0; i < count; i++, target += (long)fine * taps)
                        {
                            *target = total[i];
                        }
                    }
                }
            }
        });
    }

    /// <summary>The fine channels that one task computes.</summary>
    private sealed class Group
    {
        public Group(ConvolutionShape shape, int firstChannel, int[] tiles, int[] blocks)
        {
            (FirstChannel, Tiles, Channels) = (firstChannel, tiles, tiles.Sum());
            Rows = RowLayout<T>.Of(shape, Channels);
            var columns = 16 * ((shape.CoarseChannels + 15) / 16);
            TileKernel Kernel(int size, int block, Epilogue epilogue) => TileKernel.Of(new()
            {
                BFloat16 = T.PerStep == BFloat16Format.PerStep,
                RowOffsetsA = [.. Enumerable.Range(0, size).Select(i => i * sizeof(float))],
                RowOffsetsC = [.. Enumerable.Range(0, size).Select(i => i * columns * sizeof(float))],
                StepBytesA = Rows.EntriesPerStep * Rows.EntryBytes,
                Steps = Rows.Steps,
                Vectors = block,
                Epilogue = epilogue,
            });
            TileKernel[][] Kernels(Epilogue epilogue) => Array.ConvertAll(blocks, block => Array.ConvertAll(tiles, size => Kernel(size, block, epilogue)));
            (Set, Add) = (Kernels(Epilogue.StoreFloat32), Kernels(Epilogue.AccumulateFloat32));
        }

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

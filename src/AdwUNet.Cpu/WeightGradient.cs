using System.Runtime.Intrinsics;

namespace AdwUNet.Cpu;

/// <summary>
/// The gradient of a convolution with respect to its weights: for each tap the sum over coarse voxels of the fine voxel's channels under it
/// times the coarse voxel's channels; along x <see cref="Winograd"/>'s products may be summed in the taps' place, and made into taps at the
/// end. Both are copied, block by block, into the order in which tiles read them; the sums of fixed parts of the batch are kept apart and
/// added up in order, so that no result depends on the number of threads.
/// </summary>
internal sealed unsafe class WeightGradient<T>
    where T : struct, IElement
{
    private const int MostVectors = 3;
    private const long PartialBytes = 4 << 20;
    private const int MostPartials = 8;
    private const int FewestItems = 4;
    private readonly ConvolutionShape _shape;
    private readonly int _columns;
    private readonly int[] _blocks;
    private readonly Group[] _groups;
    private readonly int _products;
    private readonly int _partials;

    public WeightGradient(ConvolutionShape shape)
    {
        _shape = shape;
        var vectors = (shape.CoarseChannels + 15) / 16;
        _columns = 16 * vectors;
        _blocks = Tiling.Split(vectors, MostVectors);
        _products = shape.Kernel.Z * shape.Kernel.Y * GradientRows<T>.Of(shape, 1).Products;
        _partials = (int)Math.Clamp(PartialBytes / (SumFloats * sizeof(float)), 1, Math.Min(MostPartials, shape.Batch * shape.Coarse.Z));
        var tiles = Tiling.Split(shape.FineChannels, TileKernel.MaxRows(_blocks[0]));
        var groups = Tiling.Split(tiles.Length, (tiles.Length + FewestItems - 1) / FewestItems * _partials);
        _groups = new Group[groups.Length];
        for (int i = 0, tile = 0, channel = 0; i < groups.Length; tile += groups[i], i++)
        {
            _groups[i] = new(shape, channel, tiles[tile..(tile + groups[i])], _blocks);
            channel += _groups[i].Channels;
        }
    }

    private long SumFloats => (long)_products * _shape.FineChannels * _columns;

    /// <summary>Computes the gradient.</summary>
    /// <param name="fine">The fine grid's voxels: a convolution's input.</param>
    /// <param name="coarse">The coarse grid's: the gradient of its output.</param>
    /// <param name="gradient">Replaced; in the order of the weights.</param>
    /// <param name="pool">Where buffers come from.</param>
    public void Run(VoxelSource<T> fine, VoxelSource<T> coarse, float* gradient, BufferPool pool)
    {
        var sums = pool.Workspace(_partials * SumFloats * sizeof(float));
        Workers.For(_partials * _groups.Length, item =>
        {
            var (partial, group) = (item / _groups.Length, _groups[item % _groups.Length]);
            var target = (float*)sums.Data + (partial * SumFloats);
            var planes = (long)_shape.Batch * _shape.Coarse.Z;
            new WeightGradientBlock<T>(_shape, group.Rows, _blocks, (group.Set, group.Add), group.FirstChannel, group.Tiles, _columns)
                .Run(fine, coarse, (int)(planes * partial / _partials), (int)(planes * (partial + 1) / _partials), target, pool);
        });
        AddUp((float*)sums.Data, gradient);
    }

    // From [product, fine, coarse] to [coarse, fine, tap].
    private void AddUp(float* sums, float* gradient)
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

    /// <summary>Fine channels that one item works on.</summary>
    private sealed class Group
    {
        public Group(ConvolutionShape shape, int firstChannel, int[] tiles, int[] blocks)
        {
            (FirstChannel, Tiles, Channels) = (firstChannel, tiles, tiles.Sum());
            Rows = GradientRows<T>.Of(shape, Channels);
            var columns = 16 * ((shape.CoarseChannels + 15) / 16);
            TileKernel Kernel(int size, int block, TileOutput output) => TileKernel.Of(new()
            {
                BFloat16 = T.PerStep == BFloat16Element.PerStep,
                RowsOfA = [.. Enumerable.Range(0, size).Select(i => i * sizeof(float))],
                RowsOfC = [.. Enumerable.Range(0, size).Select(i => i * columns * sizeof(float))],
                StepOfA = Rows.EntriesPerStep * Rows.EntryBytes,
                Steps = Rows.Steps,
                Vectors = block,
                Output = output,
            });
            TileKernel[][] Kernels(TileOutput output) => Array.ConvertAll(blocks, block => Array.ConvertAll(tiles, size => Kernel(size, block, output)));
            (Set, Add) = (Kernels(TileOutput.Single), Kernels(TileOutput.AddSingle));
        }

        public int FirstChannel { get; }

        public int[] Tiles { get; }

        public int Channels { get; }

        public GradientRows<T> Rows { get; }

        /// <summary>For each block of columns the tiles' kernels, which set the sums.</summary>
        public TileKernel[][] Set { get; }

        /// <summary>The same, which add to them.</summary>
        public TileKernel[][] Add { get; }
    }
}

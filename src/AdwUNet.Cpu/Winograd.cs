using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AdwUNet.Cpu;

/// <summary>
/// Winograd's minimal filtering F(2, 3). Along one axis, it computes two neighbouring outputs of a kernel of three taps by four products instead of
/// six; along two axes, 2×2 outputs by 16 products instead of 36. Forward and backward-data passes use it along y and x, backward-weights passes
/// along x. Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, CVPR 2016, section 4.1.
/// </summary>
/// <remarks>
/// For voxels d and filter taps g, each with all channels, the products are
/// m0 = (d0 − d2) g0, m1 = (d1 + d2) (g0 + g1 + g2) / 2, m2 = (d2 − d1) (g0 − g1 + g2) / 2, m3 = (d1 − d3) g2;
/// the outputs are m0 + m1 + m2 and m1 − m2 − m3. The backward-weights pass uses the transposed transforms.
/// </remarks>
internal static unsafe class Winograd
{
    /// <summary>Products for a pair of outputs along one axis.</summary>
    public const int Products = 4;

    /// <summary>Products for 2×2 outputs.</summary>
    public const int Products2D = Products * Products;

    private const int Taps = 3;
    private const int MinChannels = 16; // with fewer channels, the transforms take longer than the saved products
    private const int MinWidth = 4; // in a row of 3, half a pair is unused: a third of the outputs

    /// <summary>Pairs of outputs in a row.</summary>
    public static int Pairs(int width) => (width + 1) / 2;

    /// <summary>Whether the filtering along x can compute a convolution and is faster.</summary>
    /// <param name="shape">The convolution.</param>
    /// <param name="perStep">Values in one step of a <see cref="TileKernel"/>.</param>
    public static bool Supports(ConvolutionShape shape, int perStep) =>
        shape.Kernel.X == Taps && shape.Stride.Count == 1 && shape.Coarse.X >= MinWidth && shape.Fine.X >= MinWidth
        && Math.Min(shape.FineChannels, shape.CoarseChannels) >= MinChannels
        && shape.FineChannels % perStep == 0 && shape.CoarseChannels % perStep == 0;

    /// <summary>
    /// Whether the filtering along y and x can compute a convolution and is faster. Forward and backward-data passes use both axes or none.
    /// </summary>
    /// <param name="shape">The convolution.</param>
    /// <param name="perStep">Values in one step of a <see cref="TileKernel"/>.</param>
    public static bool Supports2D(ConvolutionShape shape, int perStep) =>
        Supports(shape, perStep) && shape.Kernel.Y == Taps && shape.Coarse.Y >= MinWidth && shape.Fine.Y >= MinWidth;

    /// <summary>Filter transform of three taps along one axis: G g.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<float> G0, Vector512<float> G1, Vector512<float> G2, Vector512<float> G3) TransformFilter(
        Vector512<float> first, Vector512<float> second, Vector512<float> third)
    {
        var (ends, middle) = ((first * 0.5f) + (third * 0.5f), second * 0.5f);
        return (first, ends + middle, ends - middle, third);
    }

    /// <summary>Gradients of the three taps, from the sums of the four products: the transpose of the filter transform.</summary>
    public static (Vector512<float> First, Vector512<float> Second, Vector512<float> Third) FilterGradient(
        Vector512<float> s0, Vector512<float> s1, Vector512<float> s2, Vector512<float> s3)
    {
        var half = (s1 + s2) * 0.5f;
        return (s0 + half, (s1 - s2) * 0.5f, half + s3);
    }

    /// <summary>Input transform of four rows, along y and x: Bᵀ d B, for each pair of outputs of two rows.</summary>
    /// <param name="upper">The first two rows, of 2 · pairs + 2 voxels; up to 15 values behind the end are read.</param>
    /// <param name="lower">The last two rows.</param>
    /// <param name="row">Bytes from the first to the second of two rows.</param>
    /// <param name="channels">Channels of a voxel.</param>
    /// <param name="pairs">Pairs of outputs along x.</param>
    /// <param name="target">For each product a row with one voxel for each pair; up to 15 values behind each row are overwritten.</param>
    /// <param name="product">
    /// Bytes from the row of one product to the next. The index of a product is 4 times its index along y, plus its index along x.
    /// </param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void TransformInput<T>(byte* upper, byte* lower, nint row, int channels, int pairs, byte* target, nint product)
        where T : struct, IStorageFormat
    {
        nint voxel = channels * T.Size;
        for (var pair = 0; pair < pairs; pair++, upper += 2 * voxel, lower += 2 * voxel, target += voxel)
        {
            for (nint c = 0; c < voxel; c += 16 * T.Size)
            {
                var (first, second) = (TransformVoxels<T>(upper + c, voxel), TransformVoxels<T>(upper + row + c, voxel));
                var (third, fourth) = (TransformVoxels<T>(lower + c, voxel), TransformVoxels<T>(lower + row + c, voxel));
                var to = target + c;
                StoreTransformed<T>(to, 4 * product, first.D0, second.D0, third.D0, fourth.D0);
                StoreTransformed<T>(to + product, 4 * product, first.D1, second.D1, third.D1, fourth.D1);
                StoreTransformed<T>(to + (2 * product), 4 * product, first.D2, second.D2, third.D2, fourth.D2);
                StoreTransformed<T>(to + (3 * product), 4 * product, first.D3, second.D3, third.D3, fourth.D3);
            }
        }
    }

    /// <summary>
    /// Input transform of a row along x, packed in steps of a <see cref="TileKernel"/>: 4 bytes for each channel, of one pair (float32) or two
    /// neighbouring pairs (bfloat16).
    /// </summary>
    /// <param name="row">The voxels; up to 15 values behind the end are read.</param>
    /// <param name="voxel">Bytes from one voxel to the next.</param>
    /// <param name="channels">Number of channels to pack.</param>
    /// <param name="steps">Number of steps.</param>
    /// <param name="target">For each product a row of steps; up to 15 channels behind each row are overwritten.</param>
    /// <param name="step">Bytes from one step to the next.</param>
    /// <param name="product">Bytes from the row of one product to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void PackInput<T>(byte* row, nint voxel, int channels, int steps, byte* target, nint step, nint product)
        where T : struct, IStorageFormat
    {
        for (var s = 0; s < steps; s++, row += 2 * T.PerStep * voxel, target += step)
        {
            for (var c = 0; c < channels; c += 16)
            {
                var from = row + (c * T.Size);
                var (d0, d1, d2, d3) = (T.Load(from), T.Load(from + voxel), T.Load(from + (2 * voxel)), T.Load(from + (3 * voxel)));
                var (d4, d5) = T.PerStep == 1 ? default : (T.Load(from + (4 * voxel)), T.Load(from + (5 * voxel)));
                var to = target + (c * sizeof(float));
                T.StoreStep(to, d0 - d2, d2 - d4);
                T.StoreStep(to + product, d1 + d2, d3 + d4);
                T.StoreStep(to + (2 * product), d2 - d1, d4 - d3);
                T.StoreStep(to + (3 * product), d1 - d3, d3 - d5);
            }
        }
    }

    /// <summary>Transposed output transform of a row of the output gradient along x, packed as in <see cref="PackInput"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void PackGradient<T>(byte* row, nint voxel, int channels, int steps, byte* target, nint step, nint product)
        where T : struct, IStorageFormat
    {
        for (var s = 0; s < steps; s++, row += 2 * T.PerStep * voxel, target += step)
        {
            for (var c = 0; c < channels; c += 16)
            {
                var from = row + (c * T.Size);
                var (y0, y1) = (T.Load(from), T.Load(from + voxel));
                var (y2, y3) = T.PerStep == 1 ? default : (T.Load(from + (2 * voxel)), T.Load(from + (3 * voxel)));
                var to = target + (c * sizeof(float));
                T.StoreStep(to, y0, y2);
                T.StoreStep(to + product, y0 + y1, y2 + y3);
                T.StoreStep(to + (2 * product), y0 - y1, y2 - y3);
                T.StoreStep(to + (3 * product), -y1, -y3);
            }
        }
    }

    /// <summary>
    /// Output transform along y and x of the products of two rows: Aᵀ m A. Stores the outputs and adds them and their squares to the channel sums.
    /// </summary>
    /// <param name="place">The first product, of 16 channels.</param>
    /// <param name="pair">Values from one pair to the next.</param>
    /// <param name="product">Values from one product to the next.</param>
    /// <param name="outputs">Rows (1 or 2), and outputs of a row; if these are odd, the last pair has one output.</param>
    /// <param name="output">Address of the first output.</param>
    /// <param name="row">Bytes from the first to the second row of outputs.</param>
    /// <param name="voxel">Bytes from one output of a row to the next.</param>
    /// <param name="channels">Number of channels, at most 16.</param>
    /// <param name="add">Whether to accumulate into the outputs.</param>
    /// <param name="sum">Sums of the channels.</param>
    /// <param name="squares">Sums of their squares.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void TransformOutput<T>(
        float* place,
        nint pair,
        nint product,
        (int Rows, int Columns) outputs,
        byte* output,
        nint row,
        nint voxel,
        int channels,
        bool add,
        ref Vector512<float> sum,
        ref Vector512<float> squares)
        where T : struct, IStorageFormat
    {
        var (s, q) = (sum, squares);
        for (var x = 0; x < outputs.Columns; x += 2, place += pair, output += 2 * voxel)
        {
            var (a0, a1) = CombineProducts(place, product);
            var (b0, b1) = CombineProducts(place + (4 * product), product);
            var (c0, c1) = CombineProducts(place + (8 * product), product);
            var (d0, d1) = CombineProducts(place + (12 * product), product);
            var isPair = x + 1 < outputs.Columns;
            Write<T>(output, a0 + b0 + c0, channels, add, ref s, ref q);
            if (isPair)
            {
                Write<T>(output + voxel, a1 + b1 + c1, channels, add, ref s, ref q);
            }

            if (outputs.Rows > 1)
            {
                Write<T>(output + row, b0 - c0 - d0, channels, add, ref s, ref q);
                if (isPair)
                {
                    Write<T>(output + row + voxel, b1 - c1 - d1, channels, add, ref s, ref q);
                }
            }
        }

        (sum, squares) = (s, q);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<float> First, Vector512<float> Second) CombineProducts(float* place, nint product)
    {
        var (m0, m1) = (Vector512.Load(place), Vector512.Load(place + product));
        var (m2, m3) = (Vector512.Load(place + (2 * product)), Vector512.Load(place + (3 * product)));
        return (m0 + m1 + m2, m1 - m2 - m3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<float> D0, Vector512<float> D1, Vector512<float> D2, Vector512<float> D3) TransformVoxels<T>(byte* place, nint voxel)
        where T : struct, IStorageFormat
    {
        var (d0, d1, d2, d3) = (T.Load(place), T.Load(place + voxel), T.Load(place + (2 * voxel)), T.Load(place + (3 * voxel)));
        return (d0 - d2, d1 + d2, d2 - d1, d1 - d3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreTransformed<T>(
        byte* place, nint next, Vector512<float> first, Vector512<float> second, Vector512<float> third, Vector512<float> fourth)
        where T : struct, IStorageFormat
    {
        T.Store(place, first - third);
        T.Store(place + next, second + third);
        T.Store(place + (2 * next), third - second);
        T.Store(place + (3 * next), second - fourth);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Write<T>(byte* output, Vector512<float> values, int channels, bool add, ref Vector512<float> sum, ref Vector512<float> squares)
        where T : struct, IStorageFormat
    {
        if (channels < 16)
        {
            WriteSome<T>(output, values, channels, add);
        }
        else
        {
            T.Store(output, add ? T.Load(output) + values : values);
        }

        sum += values;
        squares = Vector512.FusedMultiplyAdd(values, values, squares);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void WriteSome<T>(byte* output, Vector512<float> values, int channels, bool add)
        where T : struct, IStorageFormat
    {
        var lanes = stackalloc byte[16 * sizeof(float)];
        Unsafe.CopyBlockUnaligned(lanes, output, (uint)(channels * T.Size));
        T.Store(lanes, add ? T.Load(lanes) + values : values);
        Unsafe.CopyBlockUnaligned(output, lanes, (uint)(channels * T.Size));
    }
}

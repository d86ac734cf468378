using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AdwUNet.Cpu;

/// <summary>
/// Winograd's minimal filtering F(2, 3): along an axis a pair of neighbouring outputs under a kernel of three taps by four products where the
/// definition takes six, so along two axes two by two outputs by sixteen where it takes 36. Outputs and gradients of inputs are computed so
/// along y and x, gradients of weights along x. Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, CVPR 2016, section 4.1.
/// </summary>
/// <remarks>
/// Of voxels d and weights g, each of these with all channels:
/// m0 = (d0 − d2) g0, m1 = (d1 + d2) (g0 + g1 + g2) / 2, m2 = (d2 − d1) (g0 − g1 + g2) / 2, m3 = (d1 − d3) g2;
/// the outputs are m0 + m1 + m2 and m1 − m2 − m3. The gradient of the weights goes the same way back.
/// </remarks>
internal static unsafe class Winograd
{
    /// <summary>Products of a pair along one axis.</summary>
    public const int Products = 4;

    /// <summary>Products of two by two outputs.</summary>
    public const int ProductsInTwo = Products * Products;

    private const int Taps = 3;
    private const int FewestChannels = 16; // of fewer, the sums before and after would take longer than the products
    private const int ShortestRow = 4; // half a pair more than needed is a third of a row of 3

    /// <summary>Pairs of outputs in a row.</summary>
    public static int Pairs(int width) => (width + 1) / 2;

    /// <summary>Whether the products of a convolution can be made so along x, and faster.</summary>
    /// <param name="shape">The convolution.</param>
    /// <param name="perStep">Numbers in a step of a <see cref="TileKernel"/>.</param>
    public static bool Suits(ConvolutionShape shape, int perStep) =>
        shape.Kernel.X == Taps && shape.Stride.Count == 1 && shape.Coarse.X >= ShortestRow && shape.Fine.X >= ShortestRow
        && Math.Min(shape.FineChannels, shape.CoarseChannels) >= FewestChannels
        && shape.FineChannels % perStep == 0 && shape.CoarseChannels % perStep == 0;

    /// <summary>Whether they can along y too. Outputs and gradients of inputs that could along x alone are computed by the definition.</summary>
    /// <param name="shape">The convolution.</param>
    /// <param name="perStep">Numbers in a step of a <see cref="TileKernel"/>.</param>
    public static bool SuitsInTwo(ConvolutionShape shape, int perStep) =>
        Suits(shape, perStep) && shape.Kernel.Y == Taps && shape.Coarse.Y >= ShortestRow && shape.Fine.Y >= ShortestRow;

    /// <summary>The four factors of three weights.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<float> G0, Vector512<float> G1, Vector512<float> G2, Vector512<float> G3) OfWeights(
        Vector512<float> first, Vector512<float> second, Vector512<float> third)
    {
        var (ends, middle) = ((first * 0.5f) + (third * 0.5f), second * 0.5f);
        return (first, ends + middle, ends - middle, third);
    }

    /// <summary>The three gradients of weights behind the four of their factors.</summary>
    public static (Vector512<float> First, Vector512<float> Second, Vector512<float> Third) ToWeights(
        Vector512<float> s0, Vector512<float> s1, Vector512<float> s2, Vector512<float> s3)
    {
        var half = (s1 + s2) * 0.5f;
        return (s0 + half, (s1 - s2) * 0.5f, half + s3);
    }

    /// <summary>The factors of four rows of input, those of each pair of outputs of two rows.</summary>
    /// <param name="upper">The first two, of two voxels a pair and two more; up to 15 numbers after them are read.</param>
    /// <param name="lower">The last two.</param>
    /// <param name="row">Bytes from the first of two to the second.</param>
    /// <param name="channels">Channels of a voxel.</param>
    /// <param name="pairs">Pairs of outputs along x.</param>
    /// <param name="target">For each product a voxel a pair; up to 15 numbers after each row are overwritten.</param>
    /// <param name="product">Bytes from the row of one product to the next: those along x for each of those along y.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void OfInput<T>(byte* upper, byte* lower, nint row, int channels, int pairs, byte* target, nint product)
        where T : struct, IElement
    {
        nint voxel = channels * T.Size;
        for (var pair = 0; pair < pairs; pair++, upper += 2 * voxel, lower += 2 * voxel, target += voxel)
        {
            for (nint c = 0; c < voxel; c += 16 * T.Size)
            {
                var (first, second) = (OfVoxels<T>(upper + c, voxel), OfVoxels<T>(upper + row + c, voxel));
                var (third, fourth) = (OfVoxels<T>(lower + c, voxel), OfVoxels<T>(lower + row + c, voxel));
                var to = target + c;
                StoreFactors<T>(to, 4 * product, first.D0, second.D0, third.D0, fourth.D0);
                StoreFactors<T>(to + product, 4 * product, first.D1, second.D1, third.D1, fourth.D1);
                StoreFactors<T>(to + (2 * product), 4 * product, first.D2, second.D2, third.D2, fourth.D2);
                StoreFactors<T>(to + (3 * product), 4 * product, first.D3, second.D3, third.D3, fourth.D3);
            }
        }
    }

    /// <summary>The factors of a row of input along x, laid out in steps of a <see cref="TileKernel"/>: 4 bytes a channel, of a pair or of two neighbouring ones.</summary>
    /// <param name="row">The voxels; up to 15 numbers after them are read.</param>
    /// <param name="voxel">Bytes from one to the next.</param>
    /// <param name="channels">Channels to keep.</param>
    /// <param name="steps">Steps.</param>
    /// <param name="target">For each product a row of steps; up to 15 channels after each row are overwritten.</param>
    /// <param name="step">Bytes from one step to the next.</param>
    /// <param name="product">Bytes from the row of one product to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void StepsOfInput<T>(byte* row, nint voxel, int channels, int steps, byte* target, nint step, nint product)
        where T : struct, IElement
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

    /// <summary>The factors of a row of the output's gradient, laid out as those of <see cref="StepsOfInput"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void StepsOfGradient<T>(byte* row, nint voxel, int channels, int steps, byte* target, nint step, nint product)
        where T : struct, IElement
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

    /// <summary>Adds the products of two rows up to their outputs, and these to sums of them and of their squares.</summary>
    /// <param name="place">The first product's, of 16 channels.</param>
    /// <param name="pair">Numbers from one pair to the next.</param>
    /// <param name="product">Numbers from one product to the next.</param>
    /// <param name="outputs">Rows, one or two, and outputs of a row; where they are odd, the last pair has one.</param>
    /// <param name="output">Where the first goes.</param>
    /// <param name="row">Bytes from there to the second row.</param>
    /// <param name="voxel">Bytes from there to the next output.</param>
    /// <param name="channels">How many of the 16 there are.</param>
    /// <param name="add">Whether to add to what is there.</param>
    /// <param name="sum">The channels' sums.</param>
    /// <param name="squares">Those of their squares.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ToOutputs<T>(
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
        where T : struct, IElement
    {
        var (s, q) = (sum, squares);
        for (var x = 0; x < outputs.Columns; x += 2, place += pair, output += 2 * voxel)
        {
            var (a0, a1) = OfProducts(place, product);
            var (b0, b1) = OfProducts(place + (4 * product), product);
            var (c0, c1) = OfProducts(place + (8 * product), product);
            var (d0, d1) = OfProducts(place + (12 * product), product);
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
    private static (Vector512<float> First, Vector512<float> Second) OfProducts(float* place, nint product)
    {
        var (m0, m1) = (Vector512.Load(place), Vector512.Load(place + product));
        var (m2, m3) = (Vector512.Load(place + (2 * product)), Vector512.Load(place + (3 * product)));
        return (m0 + m1 + m2, m1 - m2 - m3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<float> D0, Vector512<float> D1, Vector512<float> D2, Vector512<float> D3) OfVoxels<T>(byte* place, nint voxel)
        where T : struct, IElement
    {
        var (d0, d1, d2, d3) = (T.Load(place), T.Load(place + voxel), T.Load(place + (2 * voxel)), T.Load(place + (3 * voxel)));
        return (d0 - d2, d1 + d2, d2 - d1, d1 - d3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreFactors<T>(
        byte* place, nint next, Vector512<float> first, Vector512<float> second, Vector512<float> third, Vector512<float> fourth)
        where T : struct, IElement
    {
        T.Store(place, first - third);
        T.Store(place + next, second + third);
        T.Store(place + (2 * next), third - second);
        T.Store(place + (3 * next), second - fourth);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Write<T>(byte* output, Vector512<float> values, int channels, bool add, ref Vector512<float> sum, ref Vector512<float> squares)
        where T : struct, IElement
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
        where T : struct, IElement
    {
        var numbers = stackalloc byte[16 * sizeof(float)];
        Unsafe.CopyBlockUnaligned(numbers, output, (uint)(channels * T.Size));
        T.Store(numbers, add ? T.Load(numbers) + values : values);
        Unsafe.CopyBlockUnaligned(output, numbers, (uint)(channels * T.Size));
    }
}

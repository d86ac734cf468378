using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AdwUNet.Cpu;

/// <summary>
/// The transforms of <see cref="WinogradInput"/>, <see cref="WinogradOutput"/> and <see cref="WinogradPack"/> for AVX2, in float32. They do what the
/// machine code for AVX-512 does, for 8 channels at a time.
/// </summary>
internal static unsafe class Avx2Transforms
{
    private const int N = Winograd.Products;

    /// <summary>The input transform of four rows.</summary>
    /// <remarks>
    /// The last channels come first: what they write behind a voxel belongs to the first channels of the next voxel, which are written afterwards.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Input(in WinogradInput.Shape shape, in WinogradInput.Arguments arguments)
    {
        nint voxel = shape.Channels, row = shape.Row / sizeof(float), product = shape.Product / sizeof(float), pairs = arguments.Pairs;
        for (var first = FirstOfLast(shape.Channels); first >= 0; first -= Vector256<float>.Count)
        {
            var a = (float*)arguments.Upper + first;
            var b = a + row;
            var c = (float*)arguments.Lower + first;
            var d = c + row;
            var target = (float*)arguments.Target + first;
            InputRow(a, c, isSum: false, voxel, pairs, target, product);
            InputRow(b, c, isSum: true, voxel, pairs, target + (N * product), product);
            InputRow(c, b, isSum: false, voxel, pairs, target + (2 * N * product), product);
            InputRow(b, d, isSum: false, voxel, pairs, target + (3 * N * product), product);
        }
    }

    /// <summary>The output transform of a row of pairs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Output(in WinogradOutput.Shape shape, WinogradOutput.Arguments* arguments)
    {
        nint product = arguments->Product / sizeof(float), pair = shape.Pair / sizeof(float), voxel = shape.Voxel / sizeof(float);
        for (var first = 0; first < shape.Channels; first += Vector256<float>.Count)
        {
            var channels = Math.Min(Vector256<float>.Count, shape.Channels - first);
            var m = arguments->Products + first;
            var output = (float*)arguments->Output + first;
            var sum = shape.Statistics ? Vector256.Load(arguments->Sums + first) : Vector256<float>.Zero;
            var squares = shape.Statistics ? Vector256.Load(arguments->Squares + first) : Vector256<float>.Zero;
            for (var i = arguments->Pairs; i > 0; i--, m += pair, output += 2 * voxel)
            {
                OutputPair(shape, m, product, output, channels, isWhole: true, ref sum, ref squares);
            }

            if (shape.IsOdd)
            {
                OutputPair(shape, m, product, output, channels, isWhole: false, ref sum, ref squares);
            }

            if (shape.Statistics)
            {
                sum.Store(arguments->Sums + first);
                squares.Store(arguments->Squares + first);
            }
        }
    }

    /// <summary>Transforms and packs a row for a backward-weights pass.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Pack(in WinogradPack.Shape shape, in WinogradPack.Arguments arguments)
    {
        var (voxel, step, product) = (arguments.Voxel / sizeof(float), shape.Step / sizeof(float), arguments.Product / sizeof(float));
        for (var first = FirstOfLast(shape.Channels); first >= 0; first -= Vector256<float>.Count)
        {
            var row = (float*)arguments.Row + first;
            var target = (float*)arguments.Target + first;
            if (shape.IsGradient)
            {
                for (var i = arguments.Steps; i > 0; i--, row += 2 * voxel, target += step)
                {
                    var d0 = Vector256.Load(row);
                    var d1 = Vector256.Load(row + voxel);
                    Store(target, product, d0, d0 + d1, d0 - d1, Vector256<float>.Zero - d1);
                }
            }
            else
            {
                var d0 = Vector256.Load(row);
                var d1 = Vector256.Load(row + voxel);
                for (var i = arguments.Steps; i > 0; i--, target += step)
                {
                    row += 2 * voxel;
                    var d2 = Vector256.Load(row);
                    var d3 = Vector256.Load(row + voxel);
                    Store(target, product, d0 - d2, d1 + d2, d2 - d1, d1 - d3);
                    d0 = d2;
                    d1 = d3;
                }
            }
        }
    }

    // Along y, then along x. Each column of voxels serves two pairs.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void InputRow(float* a, float* b, bool isSum, nint voxel, nint pairs, float* target, nint product)
    {
        var d0 = Column(a, b, isSum);
        var d1 = Column(a + voxel, b + voxel, isSum);
        for (var i = pairs; i > 0; i--, target += voxel)
        {
            a += 2 * voxel;
            b += 2 * voxel;
            var d2 = Column(a, b, isSum);
            var d3 = Column(a + voxel, b + voxel, isSum);
            Store(target, product, d0 - d2, d1 + d2, d2 - d1, d1 - d3);
            d0 = d2;
            d1 = d3;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Column(float* a, float* b, bool isSum) => isSum ? Vector256.Load(a) + Vector256.Load(b) : Vector256.Load(a) - Vector256.Load(b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* target, nint product, Vector256<float> m0, Vector256<float> m1, Vector256<float> m2, Vector256<float> m3)
    {
        m0.Store(target);
        m1.Store(target + product);
        m2.Store(target + (2 * product));
        m3.Store(target + (3 * product));
    }

    // Along x, then along y.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void OutputPair(
        in WinogradOutput.Shape shape, float* m, nint product, float* output, int channels, bool isWhole, ref Vector256<float> sum, ref Vector256<float> squares)
    {
        var r0 = First(m, product);
        var r1 = First(m + (N * product), product);
        var r2 = First(m + (2 * N * product), product);
        var r3 = First(m + (3 * N * product), product);
        OutputColumn(shape, r0, r1, r2, r3, output, channels, ref sum, ref squares);
        if (isWhole)
        {
            r0 = Second(m, product);
            r1 = Second(m + (N * product), product);
            r2 = Second(m + (2 * N * product), product);
            r3 = Second(m + (3 * N * product), product);
            OutputColumn(shape, r0, r1, r2, r3, output + (shape.Voxel / sizeof(float)), channels, ref sum, ref squares);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> First(float* m, nint product) => Vector256.Load(m + product) + Vector256.Load(m + (2 * product)) + Vector256.Load(m);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Second(float* m, nint product) => Vector256.Load(m + product) - Vector256.Load(m + (2 * product)) - Vector256.Load(m + (3 * product));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void OutputColumn(
        in WinogradOutput.Shape shape,
        Vector256<float> r0,
        Vector256<float> r1,
        Vector256<float> r2,
        Vector256<float> r3,
        float* output,
        int channels,
        ref Vector256<float> sum,
        ref Vector256<float> squares)
    {
        Write(shape, r1 + r2 + r0, output, channels, ref sum, ref squares);
        if (shape.Rows > 1)
        {
            Write(shape, r1 - r2 - r3, output + (shape.Row / sizeof(float)), channels, ref sum, ref squares);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Write(
        in WinogradOutput.Shape shape, Vector256<float> values, float* place, int channels, ref Vector256<float> sum, ref Vector256<float> squares)
    {
        if (shape.Statistics)
        {
            sum += values;
            squares = Vector256.FusedMultiplyAdd(values, values, squares);
        }

        if (shape.Add)
        {
            values += Vector256.Load(place); // up to 7 values behind the end are read
        }

        if (channels == Vector256<float>.Count)
        {
            values.Store(place);
        }
        else
        {
            StoreSome(place, values, channels);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreSome(float* place, Vector256<float> values, int channels)
    {
        var rest = values.GetLower();
        if ((channels & 4) != 0)
        {
            rest.Store(place);
            place += 4;
            rest = values.GetUpper();
        }

        for (var i = 0; i < (channels & 3); i++)
        {
            place[i] = rest[i];
        }
    }

    // The first of the last 8 channels, or of those that are left.
    private static int FirstOfLast(int channels) => (channels - 1) / Vector256<float>.Count * Vector256<float>.Count;
}

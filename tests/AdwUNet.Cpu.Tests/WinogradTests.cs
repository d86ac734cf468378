using System.Runtime.Intrinsics;
using AdwUNet.Imaging;

namespace AdwUNet.Cpu.Tests;

/// <summary>
/// The transforms of F(2, 3) against the convolution that they stand for: Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A is the convolution of d with g. Operands are small
/// integers, for which all transforms are exact in either storage format, so results are equal exactly.
/// </summary>
public sealed unsafe class WinogradTests
{
    private const int Lanes = 16;
    private const int Taps = 3;

    [KernelFact]
    public void Transformed_product_of_float32_equals_the_convolution() => CheckOutputs<Float32Format>();

    [BFloat16Fact]
    public void Transformed_product_of_bfloat16_equals_the_convolution() => CheckOutputs<BFloat16Format>();

    [KernelFact]
    public void Filter_gradient_of_float32_equals_its_definition() => CheckFilterGradient<Float32Format>();

    [BFloat16Fact]
    public void Filter_gradient_of_bfloat16_equals_its_definition() => CheckFilterGradient<BFloat16Format>();

    [KernelFact]
    public void Float32_panels_contain_the_transformed_filters() => CheckPanels<Float32Format>();

    [KernelFact]
    public void BFloat16_panels_contain_the_transformed_filters() => CheckPanels<BFloat16Format>();

    private static void CheckOutputs<T>()
        where T : struct, IStorageFormat
    {
        foreach (var (channels, rows, columns, add) in new[] { (16, 2, 6, false), (16, 1, 5, true), (5, 2, 5, false), (13, 2, 1, true), (16, 2, 2, true) })
        {
            // Four rows of input of 2 · pairs + 2 voxels, one filter for each channel.
            var pairs = Winograd.Pairs(columns);
            var width = (2 * pairs) + 2;
            var d = RandomValues.Integers(1, (4 * width * channels) + Lanes);
            var g = RandomValues.Integers(2, Taps * Taps * Lanes);
            var before = RandomValues.Integers(3, (2 * columns * channels) + Lanes);
            var products = Products<T>(d, g, channels, pairs);
            using var output = VoxelMemory.Write<T>(before);
            var (sum, squares) = (Vector512.Create(1f), Vector512.Create(2f));
            fixed (float* place = products)
            {
                var voxel = channels * T.Size;
                var arguments = new WinogradOutput.Arguments
                {
                    Products = place,
                    Product = pairs * Lanes * sizeof(float),
                    Output = output.Data,
                    Pairs = columns / 2,
                    Sums = (float*)&sum,
                    Squares = (float*)&squares,
                };
                WinogradOutput.Of(new(IsBFloat16<T>(), channels, Lanes * sizeof(float), columns * voxel, voxel, rows, columns % 2 == 1, add, Statistics: true)).Run(&arguments);
            }

            var actual = VoxelMemory.Read<T>(output.Data, before.Length);
            for (var c = 0; c < channels; c++)
            {
                var (expectedSum, expectedSquares) = (1.0, 2.0);
                for (var y = 0; y < 2; y++)
                {
                    for (var x = 0; x < columns; x++)
                    {
                        var i = (((y * columns) + x) * channels) + c;
                        var value = Convolution(d, g, width, channels, y, x, c);
                        Assert.Equal(y >= rows ? before[i] : add ? before[i] + value : value, actual[i]);
                        (expectedSum, expectedSquares) = y < rows ? (expectedSum + value, expectedSquares + (value * value)) : (expectedSum, expectedSquares);
                    }
                }

                Assert.Equal(expectedSum, sum[c]);
                Assert.Equal(expectedSquares, squares[c]);
            }

            // Values behind the end are left alone.
            Assert.Equal(before[(rows * columns * channels)..], actual[(rows * columns * channels)..]);
        }
    }

    // The products (G g Gᵀ) ⊙ (Bᵀ d B) of each channel: [product, pair, 16 channels].
    private static float[] Products<T>(float[] d, float[] g, int channels, int pairs)
        where T : struct, IStorageFormat
    {
        var width = (2 * pairs) + 2;
        using var input = VoxelMemory.Write<T>(d);
        using var transformed = new NativeBuffer(Winograd.Products2D * ((pairs * channels) + Lanes) * T.Size);
        var row = width * channels * T.Size;
        var product = ((pairs * channels) + Lanes) * T.Size;
        WinogradInput.Of(new(IsBFloat16<T>(), channels, row, product)).Run(input.Data, input.Data + (2 * row), pairs, transformed.Data);
        var filters = TransformedFilters(g);
        var products = new float[Winograd.Products2D * pairs * Lanes];
        for (var p = 0; p < Winograd.Products2D; p++)
        {
            var values = VoxelMemory.Read<T>(transformed.Data + (p * product), pairs * channels);
            for (var i = 0; i < values.Length; i++)
            {
                products[(((p * pairs) + (i / channels)) * Lanes) + (i % channels)] = values[i] * filters[p][i % channels];
            }
        }

        return products;
    }

    // Along x for each tap along y, then along y: product 4 · y + x.
    private static Vector512<float>[] TransformedFilters(float[] g)
    {
        Vector512<float> Tap(int y, int x) => Vector512.Create([.. Enumerable.Range(0, Lanes).Select(c => g[(((y * Taps) + x) * Lanes) + c])]);
        Vector512<float>[] Transform(Vector512<float> first, Vector512<float> second, Vector512<float> third) =>
            Winograd.TransformFilter(first, second, third) is var (g0, g1, g2, g3) ? [g0, g1, g2, g3] : [];
        var rows = Enumerable.Range(0, Taps).Select(y => Transform(Tap(y, 0), Tap(y, 1), Tap(y, 2))).ToArray();
        var columns = Enumerable.Range(0, Winograd.Products).Select(x => Transform(rows[0][x], rows[1][x], rows[2][x])).ToArray();
        return [.. from y in Enumerable.Range(0, Winograd.Products) from x in Enumerable.Range(0, Winograd.Products) select columns[x][y]];
    }

    private static double Convolution(float[] d, float[] g, int width, int channels, int y, int x, int c) =>
        (from ty in Enumerable.Range(0, Taps)
         from tx in Enumerable.Range(0, Taps)
         select (double)d[((((y + ty) * width) + x + tx) * channels) + c] * g[(((ty * Taps) + tx) * Lanes) + c]).Sum();

    private static void CheckFilterGradient<T>()
        where T : struct, IStorageFormat
    {
        // One row: its sums of products of packed inputs and packed gradients are transformed into the gradients of three taps.
        const int width = 13, channels = 6;
        var steps = (Winograd.Pairs(width) + T.PerStep - 1) / T.PerStep;
        var coarse = 2 * steps * T.PerStep;
        var d = RandomValues.Integers(1, ((coarse + 2) * channels) + Lanes);
        var y = RandomValues.Integers(2, (coarse * channels) + Lanes);
        y.AsSpan(width * channels, (coarse - width) * channels).Clear(); // zeros behind the row
        using var input = VoxelMemory.Write<T>(d);
        using var gradient = VoxelMemory.Write<T>(y);
        const int step = Lanes * sizeof(float);
        var product = steps * step;
        using var packedInput = new NativeBuffer(Winograd.Products * product);
        using var packedGradient = new NativeBuffer(Winograd.Products * product);
        WinogradPack.Of(new(IsBFloat16<T>(), IsGradient: false, channels, step)).Run(input.Data, channels * T.Size, steps, packedInput.Data, product);
        WinogradPack.Of(new(IsBFloat16<T>(), IsGradient: true, channels, step)).Run(gradient.Data, channels * T.Size, steps, packedGradient.Data, product);
        for (var fine = 0; fine < channels; fine++)
        {
            for (var other = 0; other < channels; other++)
            {
                var sums = Enumerable.Range(0, Winograd.Products).Select(p => Vector512.Create(
                    Dot(Column<T>(packedInput.Data + (p * product), steps, fine), Column<T>(packedGradient.Data + (p * product), steps, other)))).ToArray();
                var (first, second, third) = Winograd.FilterGradient(sums[0], sums[1], sums[2], sums[3]);
                float[] expected = [.. Enumerable.Range(0, Taps).Select(tap => Enumerable.Range(0, width).Sum(x => d[((x + tap) * channels) + fine] * y[(x * channels) + other]))];
                Assert.Equal((expected[0], expected[1], expected[2]), (first[0], second[0], third[0]));
            }
        }
    }

    private static bool IsBFloat16<T>()
        where T : struct, IStorageFormat => T.PerStep == BFloat16Format.PerStep;

    private static float Dot(float[] a, float[] b) => a.Zip(b).Sum(pair => pair.First * pair.Second);

    // The values of a channel in all steps of a packed row.
    private static float[] Column<T>(byte* row, int steps, int channel)
        where T : struct, IStorageFormat =>
        [.. Enumerable.Range(0, steps).SelectMany(step => VoxelMemory.Read<T>(row + (((step * Lanes) + channel) * sizeof(float)), T.PerStep))];

    private static void CheckPanels<T>()
        where T : struct, IStorageFormat
    {
        var shape = new ConvolutionShape(1, new(4, 8, 8), 18, 24, Shape3.Cube(3), Shape3.Cube(1), Shape3.Cube(1));
        foreach (var down in new[] { true, false })
        {
            var pass = new ConvolutionPass<T>(shape, down, down ? [8, 16] : [18], T.StoreEpilogue);
            var (inputs, steps) = (pass.InputChannels, pass.InputChannels / T.PerStep);
            var weights = Array.ConvertAll(RandomValues.Integers(1, shape.CoarseChannels * shape.FineChannels * shape.Taps), value => 4 * value); // G halves twice
            var blocks = ColumnBlock.Divide(pass.Targets, 4, 4, Winograd.Products2D * Taps * steps);
            using var panels = new NativeBuffer(blocks.Sum(block => block.PanelBytes));
            fixed (float* values = weights)
            {
                WinogradPanels.Fill(pass, blocks, values, panels);
            }

            foreach (var block in blocks)
            {
                var read = VoxelMemory.Read<T>(panels.Data + block.PanelOffset, (int)(block.PanelBytes / T.Size));
                for (var (i, p) = (0, 0); p < Winograd.Products2D; p++)
                {
                    for (var segment = 0; segment < Taps; segment++)
                    {
                        for (var step = 0; step < steps; step++)
                        {
                            for (var column = 0; column < Lanes * block.Vectors; column++)
                            {
                                for (var part = 0; part < T.PerStep; part++, i++)
                                {
                                    if (column < block.Columns)
                                    {
                                        Assert.Equal(Transformed(pass, weights, down, segment, (step * T.PerStep) + part, block.Channel + column, p), read[i]);
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    // G g Gᵀ in double precision. The backward-data pass mirrors the kernel.
    private static double Transformed<T>(ConvolutionPass<T> pass, float[] weights, bool down, int segment, int input, int output, int product)
        where T : struct, IStorageFormat
    {
        double[][] transform = [[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]];
        int Tap(int i) => down ? i : Taps - 1 - i;
        var (coarse, fine) = down ? (output, input) : (input, output);
        var first = ((coarse * pass.Shape.FineChannels) + fine) * pass.Shape.Taps;
        return (from y in Enumerable.Range(0, Taps)
                from x in Enumerable.Range(0, Taps)
                select transform[product / Winograd.Products][y] * transform[product % Winograd.Products][x]
                    * weights[first + (((Tap(segment) * Taps) + Tap(y)) * Taps) + Tap(x)]).Sum();
    }
}

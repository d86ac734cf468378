using System.Runtime.Intrinsics;
using AdwUNet.Imaging;

namespace AdwUNet.Cpu.Tests;

/// <summary>
/// Packed rows of the backward-weights pass: the sums over steps of their products, transformed into taps, are the gradient along x,
/// Σ fine[stride · x + tap] · coarse[x]. Exactly: on small integers.
/// </summary>
public sealed unsafe class RowLayoutTests
{
    private const int Lanes = 16;
    private const int FineChannels = 7;
    private const int CoarseChannels = 20;

    [KernelFact]
    public void Float32_products_of_packed_rows_equal_the_gradient() => Check<Float32Format>();

    [BFloat16Fact]
    public void BFloat16_products_of_packed_rows_equal_the_gradient() => Check<BFloat16Format>();

    [Fact]
    public void The_layout_with_fewer_multiplications_is_chosen()
    {
        ConvolutionShape Shape(int width, int channels, int stride) =>
            new(1, new(4, 8, width), channels, channels, Shape3.Cube(3), Shape3.Cube(stride), Shape3.Cube(1));
        Assert.IsType<WinogradRowLayout<Float32Format>>(RowLayout<Float32Format>.Of(Shape(32, 16, 1), 16));
        Assert.IsType<DirectRowLayout<Float32Format>>(RowLayout<Float32Format>.Of(Shape(32, 16, 2), 16));
        Assert.IsType<DirectRowLayout<Float32Format>>(RowLayout<Float32Format>.Of(Shape(32, 6, 1), 6));
        Assert.IsType<DirectRowLayout<BFloat16Format>>(RowLayout<BFloat16Format>.Of(Shape(5, 16, 1), 16));
    }

    private static void Check<T>()
        where T : struct, IStorageFormat
    {
        foreach (var (kernel, stride, coarse) in new[] { (3, 1, 8), (3, 1, 7), (1, 1, 5), (2, 2, 4), (3, 2, 5), (1, 2, 3), (5, 1, 1), (4, 3, 6) })
        {
            CheckLayout(new DirectRowLayout<T>(kernel, stride, coarse, FineChannels - 2), kernel, stride, coarse);
        }

        foreach (var coarse in new[] { 4, 5, 6, 7, 8, 13 })
        {
            CheckLayout(new WinogradRowLayout<T>(coarse, FineChannels - 2), kernel: 3, stride: 1, coarse);
        }
    }

    // Packs all fine channels but the first and the last, and all coarse channels.
    private static void CheckLayout<T>(RowLayout<T> layout, int kernel, int stride, int coarse)
        where T : struct, IStorageFormat
    {
        Assert.True(layout.FineVoxels >= ((coarse - 1) * stride) + kernel);
        const int vectors = (CoarseChannels + Lanes - 1) / Lanes, kept = FineChannels - 2;
        var fine = RandomValues.Integers(1, ((layout.FineVoxels + 1) * FineChannels) + Lanes);
        var gradient = RandomValues.Integers(2, (layout.CoarseVoxels * CoarseChannels) + (2 * Lanes));
        gradient.AsSpan(coarse * CoarseChannels, (layout.CoarseVoxels - coarse) * CoarseChannels).Clear(); // zeros behind the row
        using var fineMemory = VoxelMemory.Write<T>(fine);
        using var coarseMemory = VoxelMemory.Write<T>(gradient);
        using var packedFine = new NativeBuffer(layout.FineBytes + (Lanes * sizeof(float)));
        var coarseBytes = layout.CoarseBytes(vectors);
        using var packedCoarse = new NativeBuffer(layout.CoarseRows * coarseBytes);
        layout.FillFine(fineMemory.Data, 1, FineChannels, packedFine.Data);
        layout.FillCoarse(coarseMemory.Data, CoarseChannels, vectors, packedCoarse.Data, coarseBytes);
        for (var i = 0; i < kept; i++)
        {
            for (var j = 0; j < CoarseChannels; j++)
            {
                var sums = new Vector512<float>[Math.Max(layout.Products, kernel)];
                for (var product = 0; product < layout.Products; product++)
                {
                    var sum = 0f;
                    for (var step = 0; step < layout.Steps; step++)
                    {
                        var a = VoxelMemory.Read<T>(
                            packedFine.Data + layout.FineOffset(product) + (step * layout.EntriesPerStep * layout.EntryBytes) + (i * sizeof(float)), T.PerStep);
                        var b = VoxelMemory.Read<T>(
                            packedCoarse.Data + (product % layout.CoarseRows * coarseBytes) + (((step * vectors * Lanes) + j) * sizeof(float)), T.PerStep);
                        sum += a.Zip(b, (x, y) => x * y).Sum();
                    }

                    sums[product] = Vector512.Create(sum);
                }

                layout.ToTaps(sums);
                for (var tap = 0; tap < kernel; tap++)
                {
                    var expected = Enumerable.Range(0, coarse).Sum(x => fine[(((x * stride) + tap) * FineChannels) + 1 + i] * gradient[(x * CoarseChannels) + j]);
                    Assert.Equal(expected, sums[tap][0]);
                }
            }
        }
    }
}

using CsCheck;

namespace AdwUNet.Cpu.Tests;

/// <summary>Tiles and column blocks are partitions: every output channel and voxel is computed exactly once.</summary>
public sealed class TilingTests
{
    private static readonly Gen<(int Rows, int Width, int Channels)> Outputs = Gen.Select(Gen.Int[1, 60], Gen.Int[1, 130], Gen.Int[1, 400]);

    [Fact]
    public void Split_makes_the_fewest_parts_of_nearly_equal_size() => Gen.Select(Gen.Int[1, 5000], Gen.Int[1, 70]).Sample((total, most) =>
    {
        var parts = Tiling.Split(total, most);
        Assert.Equal(total, parts.Sum());
        Assert.Equal((int)Math.Ceiling(total / (double)most), parts.Length);
        Assert.InRange(parts.Max(), 1, most);
        Assert.InRange(parts.Max() - parts.Min(), 0, 1);
    });

    [Fact]
    public void Tiles_along_a_row_cover_it_exactly() => Outputs.Sample(output =>
    {
        var tiling = Tiling.Fastest(output.Rows, output.Width, output.Channels);
        Assert.Equal(output.Width, tiling.Widths.Sum());
        Assert.All(tiling.Widths, width => Assert.True(width > 0));
        Assert.InRange(tiling.Rows, 1, output.Rows);
    });

    [Fact]
    public void The_sums_of_every_tile_fit_into_the_registers() => Outputs.Sample(output =>
    {
        var tiling = Tiling.Fastest(output.Rows, output.Width, output.Channels);
        Assert.Equal((output.Channels + 15) / 16, tiling.VectorsOfBlocks.Sum());
        foreach (var vectors in tiling.VectorsOfBlocks)
        {
            // Beside the sums, one step needs a panel of B and one element of A.
            var columns = vectors * TileKernel.RegistersPerVector;
            Assert.InRange((tiling.Rows * tiling.Widths.Max() * columns) + columns + 1, 1, TileKernel.Registers);
        }
    });

    [Fact]
    public void Column_blocks_cover_every_output_channel_exactly_once() =>
        Gen.Select(Gen.Int[1, 150].Array[1, 3], Gen.Int[1, 20], Gen.Int[1, 50], Gen.Int[1, 300]).Sample((targets, rows, width, steps) =>
        {
            var blocks = ColumnBlock.Divide(targets, rows, width, steps);
            (int Target, int Channel)[] expected = [.. targets.SelectMany((channels, target) => Enumerable.Range(0, channels).Select(channel => (target, channel)))];
            Assert.Equal(expected, blocks.SelectMany(block => Enumerable.Range(block.TargetChannel, block.Columns).Select(channel => (block.Target, channel))));
            Assert.Equal(Enumerable.Range(0, targets.Sum()), blocks.SelectMany(block => Enumerable.Range(block.Channel, block.Columns)));
            Assert.All(blocks, block => Assert.InRange(block.Columns, (16 * (block.Vectors - 1)) + 1, 16 * block.Vectors));
        });

    [Fact]
    public void Panels_of_column_blocks_follow_one_another() =>
        Gen.Select(Gen.Int[1, 150].Array[1, 3], Gen.Int[1, 20], Gen.Int[1, 50], Gen.Int[1, 300]).Sample((targets, rows, width, steps) =>
        {
            const int vectorBytes = 64;
            var offset = 0L;
            foreach (var block in ColumnBlock.Divide(targets, rows, width, steps))
            {
                Assert.Equal(offset, block.PanelOffset);
                Assert.Equal((long)steps * block.Vectors * vectorBytes, block.PanelBytes);
                offset += block.PanelBytes;
            }
        });
}

using AdwUNet.Augmentation;
using AdwUNet.Imaging;
using AdwUNet.Sampling;
using CsCheck;

namespace AdwUNet.Data.Tests.Augmentation;

public class DownsampledTargetsTests
{
    [Fact]
    public void Shapes_follow_the_cumulative_pool_kernels_and_leave_the_bottleneck_out() =>
        Assert.Equal(
            [new(8, 16, 24), new(4, 8, 12), new(4, 4, 6)],
            DownsampledTargets.Shapes(new(8, 16, 24), [new(2, 2, 2), new(1, 2, 2), new(2, 2, 2)]));

    [Fact]
    public void A_network_without_pooling_has_one_target() =>
        Assert.Equal([new(8, 16, 24)], DownsampledTargets.Shapes(new(8, 16, 24), []));

    [Theory]
    [InlineData(8, 4, new[] { 1, 3, 5, 7 })]
    [InlineData(8, 2, new[] { 2, 6 })]
    [InlineData(6, 2, new[] { 1, 4 })]
    [InlineData(3, 3, new[] { 0, 1, 2 })]
    [InlineData(5, 3, new[] { 0, 2, 4 })]
    [InlineData(2, 4, new[] { 0, 0, 1, 1 })]
    [InlineData(1, 1, new[] { 0 })]
    public void Every_voxel_takes_the_one_at_its_centre_the_upper_one_of_two(int size, int resultSize, int[] expected) =>
        Assert.Equal(expected, DownsampledTargets.SourceIndices(size, resultSize));

    [Fact]
    public void Resizing_takes_whole_voxels_axis_by_axis() =>
        Gen.Select(Gen.Int[1, 6], Gen.Int[1, 6], Gen.Int[1, 6], Gen.Int[1, 3], Gen.Int[1, 3], Gen.Int[1, 3]).Sample(
            (z, y, x, fz, fy, fx) =>
            {
                Shape3 fine = new(z * fz, y * fy, x * fx);
                Shape3 coarse = new(z, y, x);
                long[] labels = [.. Enumerable.Range(0, (int)fine.Count).Select(i => (long)i)];
                var result = new long[coarse.Count];
                DownsampledTargets.Resize<long>(labels, fine, result, coarse);
                for (var i = 0; i < result.Length; i++)
                {
                    var source = fine.Offset((i / (x * y) * fz) + (fz / 2), (i / x % y * fy) + (fy / 2), (i % x * fx) + (fx / 2));
                    Assert.Equal(source, result[i]);
                }
            });

    [Fact]
    public void Spans_that_do_not_fit_are_refused() =>
        Assert.Throws<ArgumentException>(
            () => DownsampledTargets.Resize<long>(new long[7], Shape3.Cube(2), new long[1], Shape3.Cube(1)));
}

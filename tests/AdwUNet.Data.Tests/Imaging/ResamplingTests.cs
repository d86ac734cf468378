using AdwUNet.Imaging;

namespace AdwUNet.Data.Tests.Imaging;

public class ResamplingTests
{
    [Fact]
    public void A_ramp_stays_a_ramp_away_from_the_border()
    {
        Shape3 from = new(20, 24, 28), to = new(33, 30, 21);
        var image = Fill(from, (z, y, x) => (2 * z) - y + (0.5 * x));
        var found = Resampling.Resize(image, from, to, separateAxis: null);
        const int Border = 14; // the reach of the spline's edge effects, in output voxels
        for (var z = Border; z < to.Z - Border; z++)
        {
            var (y, x) = (to.Y / 2, to.X / 2);
            var expected = (2 * At(z, 20, 33)) - At(y, 24, 30) + (0.5 * At(x, 28, 21));
            Assert.Equal(expected, found[to.Offset(z, y, x)], 1e-3);
        }

        static double At(int j, int from, int to) => ((j + 0.5) * from / to) - 0.5;
    }

    [Theory]
    [InlineData(Interpolation.Linear)]
    [InlineData(Interpolation.Cubic)]
    public void A_constant_stays_constant(Interpolation interpolation)
    {
        Shape3 from = new(1, 5, 7), to = new(3, 11, 4);
        Assert.All(Resampling.Resize(Fill(from, (_, _, _) => 3.25), from, to, null, interpolation), value => Assert.Equal(3.25f, value));
    }

    [Fact]
    public void The_result_stays_in_the_inputs_range()
    {
        Shape3 from = new(9, 9, 9), to = new(20, 21, 22);
        var image = Fill(from, (z, y, x) => (z + y + x) % 2);
        var found = Resampling.Resize(image, from, to, null);
        Assert.Equal(0, found.Min());
        Assert.Equal(1, found.Max());
    }

    [Fact]
    public void The_same_shape_is_a_copy()
    {
        var image = Fill(new(3, 4, 5), (z, y, x) => z * y * x);
        var found = Resampling.Resize(image, new(3, 4, 5), new(3, 4, 5), null);
        Assert.Equal(image, found);
        Assert.NotSame(image, found);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void The_coarse_axis_takes_whole_slices(int axis)
    {
        // Every slice across the axis has one value of its own, so nearest neighbour can give no other.
        Shape3 from = new(6, 6, 6), to = new Shape3(11, 11, 11).With(axis, 15);
        var image = Fill(from, (z, y, x) => 10 * new[] { z, y, x }[axis]);
        var found = Resampling.Resize(image, from, to, axis);
        Assert.Equal([0, 10, 20, 30, 40, 50], found.Distinct().Order());
        Assert.Equal(
            [0, 10, 20, 30, 40, 50],
            Resampling.ResizeLabels(Array.ConvertAll(image, v => (short)v), from, to, axis).Distinct().Order().Select(v => (float)v));
    }

    [Fact]
    public void Labels_keep_their_classes_and_the_larger_class_wins_a_tie()
    {
        // Half way between −1 and 2 both are one half.
        Assert.Equal([-1, 2, 2], Resampling.ResizeLabels(new short[] { -1, 2 }, new(1, 1, 2), new(1, 1, 3), null));

        // Where three classes meet none may reach a half: background.
        var labels = new short[] { 1, 2, 3, 4 };
        var found = Resampling.ResizeLabels(labels, new(1, 2, 2), new(1, 3, 3), null);
        Assert.Equal([1, 2, 2, 3, 0, 4, 3, 4, 4], found);
    }

    [Fact]
    public void The_number_of_threads_does_not_matter()
    {
        Shape3 from = new(12, 70, 80), to = new(17, 90, 71);
        var random = new Random(5);
        var image = Fill(from, (_, _, _) => random.NextDouble());
        var here = Resampling.Resize(image, from, to, null);
        var elsewhere = Enumerable.Range(0, 4).AsParallel().WithDegreeOfParallelism(4)
            .Select(_ => Resampling.Resize(image, from, to, null)).ToArray();
        Assert.All(elsewhere, other => Assert.Equal(here, other));
    }

    [Fact]
    public async Task One_thread_gives_what_many_give()
    {
        Shape3 from = new(30, 37, 41), to = new(45, 33, 50);
        var random = new Random(7);
        var image = Fill(from, (_, _, _) => random.NextDouble());
        var one = new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, maxConcurrencyLevel: 1).ExclusiveScheduler;
        var alone = Task.Factory.StartNew(
            () => Resampling.Resize(image, from, to, null), TestContext.Current.CancellationToken, TaskCreationOptions.None, one);
        Assert.Equal(Resampling.Resize(image, from, to, null), await alone);
    }

    /// <summary>More slices than are made together, also by whole factors, where an output can lie on an input and then has but one weight.</summary>
    [Theory]
    [InlineData(21, 63, 3)]
    [InlineData(40, 20, 3)]
    [InlineData(33, 47, 3)]
    [InlineData(33, 47, 1)]
    public void Slices_equal_the_weighted_sum_of_slices(int from, int to, int order)
    {
        Shape3 shape = new(from, 3, 150), resized = shape with { Z = to };
        var random = new Random(3);
        var image = Fill(shape, (_, _, _) => random.NextDouble());
        var found = Resampling.Resize(image, shape, resized, null, (Interpolation)order);
        var (matrix, min, max) = (AxisInterpolation.Of(from, to, order), image.Min(), image.Max());
        for (var j = 0; j < to; j++)
        {
            foreach (var (y, x) in new[] { (0, 0), (1, 127), (2, 128), (2, 149) })
            {
                var sum = 0.0;
                for (var tap = 0; tap < matrix.Taps; tap++)
                {
                    sum += matrix.Of(j)[tap] * image[shape.Offset(matrix.Starts[j] + tap, y, x)];
                }

                Assert.Equal(Math.Clamp((float)sum, min, max), found[resized.Offset(j, y, x)]);
            }
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_box_is_resized_like_its_copy(int? axis)
    {
        Shape3 full = new(9, 14, 17), to = new(13, 10, 19);
        var box = new BoundingBox(new(1, 2, 3), new(7, 9, 11));
        var random = new Random(2);
        var image = Fill(full, (_, _, _) => random.NextDouble());
        var copy = new float[box.Size.Count];
        box.Extract<float>(image, full, copy);
        var found = new float[to.Count];
        Resampling.Resize(new VolumeView<float>(image, full, box), to, axis, Interpolation.Cubic, found);
        Assert.Equal(Resampling.Resize(copy, box.Size, to, axis), found);

        var (labels, labelCopy) = (Array.ConvertAll(image, v => (short)(v * 3)), Array.ConvertAll(copy, v => (short)(v * 3)));
        Assert.Equal(
            Resampling.ResizeLabels(labelCopy, box.Size, to, axis),
            Resampling.ResizeLabels(new VolumeView<short>(labels, full, box), to, axis));
    }

    [Fact]
    public void A_wrong_length_is_refused() =>
        Assert.Throws<ArgumentException>(() => Resampling.Resize(new float[7], new(2, 2, 2), new(3, 3, 3), null));

    [Fact]
    public void Permuting_axes_and_back_changes_nothing()
    {
        var shape = new Shape3(2, 3, 4);
        var data = Enumerable.Range(0, 24).ToArray();
        int[] order = [2, 0, 1];
        var there = AxisPermutation.Apply<int>(data, shape, order);
        var moved = AxisPermutation.Apply(shape, order);
        Assert.Equal(new Shape3(4, 2, 3), moved);
        Assert.Equal(data[shape.Offset(1, 2, 3)], there[moved.Offset(3, 1, 2)]);
        Assert.Equal(data, AxisPermutation.Apply<int>(there, moved, AxisPermutation.Inverse(order)));
    }

    private static float[] Fill(Shape3 shape, Func<int, int, int, double> value)
    {
        var data = new float[shape.Count];
        for (var z = 0; z < shape.Z; z++)
        {
            for (var y = 0; y < shape.Y; y++)
            {
                for (var x = 0; x < shape.X; x++)
                {
                    data[shape.Offset(z, y, x)] = (float)value(z, y, x);
                }
            }
        }

        return data;
    }
}

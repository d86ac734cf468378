using AdwUNet.Augmentation;
using AdwUNet.Imaging;
using AdwUNet.Sampling;
using CsCheck;

namespace AdwUNet.Data.Tests.Augmentation;

public class SpatialTransformTests
{
    private static readonly Shape3 Patch = new(10, 14, 12);
    private static readonly SpatialTransform Always = new() { RotationProbability = 1, ScalingProbability = 1 };

    [Theory]
    [InlineData(ImageInterpolation.Cubic, false)]
    [InlineData(ImageInterpolation.Linear, false)]
    [InlineData(ImageInterpolation.Cubic, true)]
    [InlineData(ImageInterpolation.Linear, true)]
    public void Strength_zero_is_a_plain_copy(ImageInterpolation interpolation, bool inPlane) =>
        Gen.Select(Gen.ULong, Gen.Int[-6, 8], Gen.Int[-6, 8]).Sample(
            (seed, z, y) =>
            {
                var location = new PatchLocation(FakeCase.Random(1, new(12, 13, 14), channels: 2), new(z, y, 1));
                var still = Always with
                {
                    RotationDegrees = new(0, 0),
                    InPlaneRotationDegrees = new(0, 0),
                    Scaling = new(1, 1),
                    Interpolation = interpolation,
                };
                var (image, labels) = Sample(location, still.Draw(new(seed, "still", 0), inPlane)!.Value, interpolation);
                var expectedImage = new float[image.Length];
                var expectedLabels = new short[labels.Length];
                PatchReader.ReadImage(location, Patch, expectedImage);
                PatchReader.ReadLabels(location, Patch, expectedLabels);
                Assert.Equal(expectedLabels, labels);
                AssertClose(expectedImage, image, 1e-4);
            },
            iter: 30);

    [Theory]
    [InlineData(0, 1, 2, true)]
    [InlineData(1, 0, 2, false)]
    [InlineData(2, 0, 1, true)]
    public void A_quarter_turn_exchanges_two_axes_in_the_published_sense(int turn, int first, int second, bool forward)
    {
        // A cube of odd edge turns about its central voxel onto itself.
        var cube = Shape3.Cube(7);
        var item = FakeCase.Random(3, cube);
        double[] angles = [0, 0, 0];
        angles[turn] = Math.PI / 2;
        var image = new float[cube.Count];
        var labels = new short[cube.Count];
        new AffineSampler().Sample(
            new(item, default), cube, Affine.Rotation(angles[0], angles[1], angles[2]), ImageInterpolation.Cubic, image, labels);
        int[] axes = [turn, first, second];
        for (var i = 0; i < labels.Length; i++)
        {
            var (a, b, c) = (i / 49, i / 7 % 7, i % 7);
            var here = At(cube, axes, a, b, c);
            var source = forward ? At(cube, axes, a, c, 6 - b) : At(cube, axes, a, 6 - c, b);
            Assert.Equal(item.Image[source], image[here], 1e-4);
            Assert.Equal(item.Labels[source], labels[here]);
        }
    }

    [Fact]
    public void Rotations_follow_one_another_in_the_published_order()
    {
        // Row vectors times R0 · R1: (0, 1, 0) becomes (0, 0, −1), then (1, 0, 0).
        var matrix = Affine.Rotation(Math.PI / 2, Math.PI / 2, 0).Matrix;
        Assert.Equal([1, 0, 0], Enumerable.Range(0, 3).Select(row => Math.Round(matrix[row, 1], 12)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Image_and_labels_move_together(bool inPlane) => Gen.ULong.Sample(
        seed =>
        {
            // An image that is its own label map: linear interpolation and the vote agree on both sides of one half.
            Shape3 size = new(16, 18, 20);
            short[] labels = [.. FakeCase.Boxes(size).Select(l => (short)(l > 0 ? 1 : 0))];
            var location = new PatchLocation(new FakeCase("same", size, [.. labels.Select(l => (float)l)], labels), new(2, 1, 3));
            var affine = Always.Draw(new(seed, "together", 0), inPlane)!.Value;
            var (image, moved) = Sample(location, affine, ImageInterpolation.Linear);
            Assert.Contains((short)1, moved);
            for (var i = 0; i < image.Length; i++)
            {
                Assert.True(Math.Abs(image[i] - 0.5f) < 1e-4 || (image[i] > 0.5f) == (moved[i] == 1));
            }

            var (cubic, _) = Sample(location, affine, ImageInterpolation.Cubic);
            var disagree = cubic.Zip(moved).Count(pair => (pair.First > 0.5f) != (pair.Second == 1));
            Assert.True(disagree < 0.03 * moved.Length);
        },
        iter: 40);

    [Fact]
    public void Labels_stay_labels() => Gen.ULong.Sample(
        seed =>
        {
            var location = new PatchLocation(FakeCase.Random(1, new(12, 13, 14)), new(-2, 3, -1));
            var (_, labels) = Sample(location, Always.Draw(new(seed, "labels", 0), false)!.Value, ImageInterpolation.Cubic);
            Assert.All(labels, l => Assert.InRange(l, (short)-1, (short)2));
        },
        iter: 40);

    [Theory]
    [InlineData(ImageInterpolation.Cubic)]
    [InlineData(ImageInterpolation.Linear)]
    public void A_linear_ramp_is_sampled_exactly_inside(ImageInterpolation interpolation) => Gen.ULong.Sample(
        seed =>
        {
            Shape3 size = Shape3.Cube(60);
            var ramp = new float[size.Count];
            for (var i = 0; i < ramp.Length; i++)
            {
                ramp[i] = Ramp(i / 3600, i / 60 % 60, i % 60);
            }

            var affine = Always.Draw(new(seed, "ramp", 0), false)!.Value;
            var location = new PatchLocation(new FakeCase("ramp", size, ramp, new short[ramp.Length]), Shape3.Cube(24));
            var (image, _) = Sample(location, affine, interpolation);
            var path = new SamplePath(affine, location.Origin, default, Patch);
            for (var i = 0; i < image.Length; i++)
            {
                var (z, y, x) = path.RowStart(i / (Patch.Y * Patch.X), i / Patch.X % Patch.Y);
                var column = i % Patch.X;
                var expected = Ramp(z + (column * path.StepZ), y + (column * path.StepY), x + (column * path.StepX));
                Assert.Equal(expected, image[i], 1e-3);
            }
        },
        iter: 10);

    [Fact]
    public void The_centre_of_the_patch_stays_where_it_is() => Gen.ULong.Sample(seed =>
    {
        var path = new SamplePath(Always.Draw(new(seed, "centre", 0), false)!.Value, new(5, 6, 7), new(1, 2, 3), Shape3.Cube(9));
        var (z, y, x) = path.RowStart(4, 4);
        Assert.Equal(8, z + (4 * path.StepZ), 1e-9);
        Assert.Equal(8, y + (4 * path.StepY), 1e-9);
        Assert.Equal(8, x + (4 * path.StepX), 1e-9);
    });

    [Fact]
    public void In_plane_mode_never_mixes_slices() => Gen.ULong.Sample(
        seed =>
        {
            // Each slice holds its own number in image and labels; outside its square there is nothing.
            Shape3 size = new(10, 40, 40);
            float[] image = [.. Enumerable.Range(0, (int)size.Count).Select(i => (float)(i / 1600))];
            short[] labels = [.. image.Select(v => (short)v)];
            var location = new PatchLocation(new FakeCase("slices", size, image, labels), new(0, 13, 14));
            foreach (var interpolation in Enum.GetValues<ImageInterpolation>())
            {
                var (result, moved) = Sample(location, Always.Draw(new(seed, "plane", 0), true)!.Value, interpolation);
                for (var i = 0; i < result.Length; i++)
                {
                    var slice = i / (Patch.Y * Patch.X);
                    Assert.Equal(slice, result[i], 1e-4);
                    Assert.Equal(slice, moved[i]);
                }
            }
        },
        iter: 30);

    [Fact]
    public void A_volume_of_one_slice_is_sampled_in_both_modes()
    {
        Shape3 size = new(1, 30, 30);
        var flat = new FakeCase("flat", size, [.. Enumerable.Repeat(1f, 900)], [.. Enumerable.Repeat((short)1, 900)]);
        var location = new PatchLocation(flat, new(-5, 8, 9));
        var (image, labels) = Sample(location, Always.Draw(new(1, "flat", 0), true)!.Value, ImageInterpolation.Cubic);
        var slice = Patch.Y * Patch.X;
        Assert.All(labels.Select((l, i) => (l, z: i / slice)), item => Assert.Equal(item.z == 5 ? 1 : -1, item.l));
        Assert.All(image.Select((v, i) => (v, z: i / slice)), item => Assert.Equal(item.z == 5 ? 1 : 0, item.v, 1e-4));
        var (turned, _) = Sample(location, Always.Draw(new(1, "flat", 0), false)!.Value, ImageInterpolation.Cubic);
        Assert.All(turned, v => Assert.True(float.IsFinite(v)));
        Assert.Contains(turned, v => v > 0.5f);
    }

    [Fact]
    public void A_patch_far_outside_is_empty()
    {
        var location = new PatchLocation(FakeCase.Random(1, Shape3.Cube(8)), Shape3.Cube(100));
        var (image, labels) = Sample(location, Always.Draw(new(1, "far", 0), false)!.Value, ImageInterpolation.Cubic);
        Assert.All(image, v => Assert.Equal(0, v));
        Assert.All(labels, l => Assert.Equal(-1, l));
    }

    [Fact]
    public void Rotation_and_scaling_are_drawn_independently_and_within_their_ranges()
    {
        const int Draws = 20_000;
        var (none, scales) = (0, new List<double>());
        for (var i = 0; i < Draws; i++)
        {
            if (new SpatialTransform().Draw(new(1, "share", i), false) is not { } affine)
            {
                none++;
                continue;
            }

            // The rows of a rotation have length 1, so their length is the scale.
            var scale = Math.Sqrt(Enumerable.Range(0, 3).Sum(c => affine.Matrix[0, c] * affine.Matrix[0, c]));
            if (Math.Abs(scale - 1) > 1e-9)
            {
                scales.Add(scale);
            }
        }

        Assert.InRange(none / (double)Draws, 0.625, 0.655);
        Assert.InRange(scales.Count / (double)Draws, 0.185, 0.215);
        Assert.InRange(scales.Count(s => s < 1) / (double)scales.Count, 0.46, 0.54);
        Assert.All(scales, s => Assert.InRange(s, 0.7, 1.4));
    }

    private static int At(Shape3 shape, int[] axes, int a, int b, int c)
    {
        var index = new int[3];
        (index[axes[0]], index[axes[1]], index[axes[2]]) = (a, b, c);
        return shape.Offset(index[0], index[1], index[2]);
    }

    private static float Ramp(double z, double y, double x) => (float)((0.3 * z) - (0.2 * y) + (0.1 * x));

    private static (float[] Image, short[] Labels) Sample(PatchLocation location, Affine affine, ImageInterpolation interpolation)
    {
        var image = new float[location.Case.Channels * Patch.Count];
        var labels = new short[Patch.Count];
        new AffineSampler().Sample(location, Patch, affine, interpolation, image, labels);
        return (image, labels);
    }

    private static void AssertClose(float[] expected, float[] actual, double tolerance)
    {
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], actual[i], tolerance);
        }
    }
}

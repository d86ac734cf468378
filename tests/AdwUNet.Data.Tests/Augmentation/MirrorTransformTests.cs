using AdwUNet.Augmentation;
using AdwUNet.Imaging;
using AdwUNet.Sampling;
using CsCheck;

namespace AdwUNet.Data.Tests.Augmentation;

public class MirrorTransformTests
{
    [Fact]
    public void Reversing_twice_changes_nothing_and_once_maps_every_voxel_to_its_mirror() =>
        Gen.Select(Gen.Int[1, 5], Gen.Int[1, 5], Gen.Int[1, 5], Gen.Int[0, 2]).Sample((z, y, x, axis) =>
        {
            Shape3 shape = new(z, y, x);
            float[] original = [.. Enumerable.Range(0, (int)(2 * shape.Count)).Select(i => (float)i)];
            float[] data = [.. original];
            MirrorTransform.Reverse<float>(data, shape, axis);
            for (var i = 0; i < data.Length; i++)
            {
                var channel = i / (int)shape.Count * (int)shape.Count;
                int[] index = [i % (int)shape.Count / (x * y), i / x % y, i % x];
                index[axis] = shape[axis] - 1 - index[axis];
                Assert.Equal(original[channel + shape.Offset(index[0], index[1], index[2])], data[i]);
            }

            MirrorTransform.Reverse<float>(data, shape, axis);
            Assert.Equal(original, data);
        });

    [Fact]
    public void Image_and_labels_turn_together_about_the_allowed_axes_only()
    {
        Shape3 shape = new(2, 3, 4);
        var seen = new HashSet<(bool Z, bool Y, bool X)>();
        for (var i = 0; i < 200; i++)
        {
            float[] image = [.. Enumerable.Range(0, 24).Select(v => (float)v)];
            short[] labels = [.. Enumerable.Range(0, 24).Select(v => (short)v)];
            new MirrorTransform { Axes = [0, 2] }.Apply(image, labels, shape, new(1, "mirror", i));
            Assert.Equal(image, labels.Select(v => (float)v));
            seen.Add((labels[0] / 12 == 1, labels[0] / 4 % 3 == 2, labels[0] % 4 == 3));
        }

        Assert.Equal([(false, false, false), (false, false, true), (true, false, false), (true, false, true)], seen.Order());
    }
}

using AdwUNet.Augmentation;
using AdwUNet.Imaging;
using AdwUNet.Sampling;
using AdwUNet.Tests.Golden;

namespace AdwUNet.Data.Tests.Augmentation;

public class AxisOperatorTests
{
    [Fact]
    public void Cubic_resize_equals_skimage_in_preprocess_npz_synth_ct()
    {
        // A volume resized on all three axes at once, in both directions: what enlarging a reduced patch must give.
        var golden = new Npz(GoldenFiles.PathOf("preprocess.npz"));
        var source = golden["synth_ct/data"];
        var expected = golden["synth_ct/resampled_data"];
        Shape3 from = new(source.Shape[1], source.Shape[2], source.Shape[3]);
        Shape3 to = new(expected.Shape[1], expected.Shape[2], expected.Shape[3]);
        var slices = new float[to.Z * from.Y * from.X];
        var rows = new float[to.Z * to.Y * from.X];
        var result = new float[to.Count];
        var values = source.ToFloats();
        AxisOperator.CubicResize(from.Z, to.Z).Apply(values, from, 0, slices);
        AxisOperator.CubicResize(from.Y, to.Y).Apply(slices, new(to.Z, from.Y, from.X), 1, rows);
        AxisOperator.CubicResize(from.X, to.X).Apply(rows, new(to.Z, to.Y, from.X), 2, result);
        Intensities.Clip(result, values.Min(), values.Max());

        // Intensities reach 1000 HU, so the tolerance is that of single precision.
        Near.Compare(Quantity.Absolute("preprocess.npz", "cubic resize of an augmentation (HU)", 5e-3), expected.ToFloats(), result);
    }

    [Theory]
    [InlineData(1, 6)]
    [InlineData(7, 7)]
    [InlineData(9, 5)]
    public void Weights_of_every_output_add_up_to_one(int length, int newLength)
    {
        float[] ones = [.. Enumerable.Repeat(1f, length)];
        var result = new float[newLength];
        AxisOperator.CubicResize(length, newLength).Apply(ones, new(1, 1, length), 2, result);
        Assert.All(result, v => Assert.Equal(1, v, 1e-5));
    }

    [Fact]
    public void All_axes_are_treated_alike()
    {
        var line = Enumerable.Range(0, 30).Select(i => MathF.Sin(i)).ToArray();
        var blur = AxisOperator.GaussianBlur(30, 0.8, 4);
        float[][] results = [new float[30], new float[30], new float[30]];
        blur.Apply(line, new(30, 1, 1), 0, results[0]);
        blur.Apply(line, new(1, 30, 1), 1, results[1]);
        blur.Apply(line, new(1, 1, 30), 2, results[2]);
        Assert.All(results.Skip(1), r => Assert.All(r.Zip(results[0]), pair => Assert.Equal(pair.Second, pair.First, 1e-6)));
        Assert.NotEqual(line, results[0]);
    }
}

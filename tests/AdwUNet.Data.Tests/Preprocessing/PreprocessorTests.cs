using AdwUNet.Imaging;
using AdwUNet.Planning;
using AdwUNet.Preprocessing;

namespace AdwUNet.Data.Tests.Preprocessing;

public class PreprocessorTests
{
    private static readonly Plan Plan = TestPlans.Small(new(1, 1, 1));

    [Fact]
    public void Missing_voxels_become_zero_before_normalisation()
    {
        var with = SmallDataset.Image(1);
        var without = SmallDataset.Image(1);
        var at = SmallDataset.Shape.Offset(5, 5, 5);
        with.Data[at] = float.NaN;
        without.Data[at] = 0;
        Assert.Equal(Preprocessor.Process(without, null, Plan).Image.Data, Preprocessor.Process(with, null, Plan).Image.Data);
    }

    /// <summary>Larger than a block of the sums, so that several threads make them.</summary>
    [Theory]
    [InlineData(NormalizationScheme.ZScore)]
    [InlineData(NormalizationScheme.MaskedZScore)]
    public async Task One_thread_gives_what_many_give(NormalizationScheme scheme)
    {
        var shape = new Shape3(28, 40, 36);
        var random = new Random(4);
        var image = new Volume(
            [.. Enumerable.Range(0, (int)shape.Count).Select(i => i % 50 == 0 ? 0 : 1000 + random.NextSingle())], 1, shape, new(1.3, 0.9, 1.1));
        var plan = Plan with { Normalization = [new(scheme)] };
        var one = new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, maxConcurrencyLevel: 1).ExclusiveScheduler;
        var alone = Task.Factory.StartNew(
            () => Preprocessor.Process(image, null, plan), TestContext.Current.CancellationToken, TaskCreationOptions.None, one);
        var expected = await alone;
        var found = Preprocessor.Process(image, null, plan);
        Assert.Equal(expected.Image.Data, found.Image.Data);
        Assert.Equal(expected.Labels.Data, found.Labels.Data);
    }

    [Fact]
    public void Axes_in_another_order_and_a_crop_give_the_same_voxels_turned()
    {
        var shape = new Shape3(20, 24, 28);
        var random = new Random(6);
        var data = new float[shape.Count];
        var box = new BoundingBox(new(2, 3, 4), new(14, 16, 18));
        box.Insert<float>([.. Enumerable.Range(0, (int)box.Size.Count).Select(_ => 1 + random.NextSingle())], data, shape);
        var spacing = new Spacing3(1.2, 0.8, 0.9);
        int[] order = [2, 0, 1];
        var turned = Preprocessor.Process(new Volume(data, 1, shape, spacing), null, Plan with { AxisOrder = order });
        var before = new Volume(AxisPermutation.Apply<float>(data, shape, order), 1, AxisPermutation.Apply(shape, order), AxisPermutation.Apply(spacing, order));
        var expected = Preprocessor.Process(before, null, Plan);
        Assert.Equal(expected.Image.Shape, turned.Image.Shape);
        Assert.Equal(expected.Image.Data, turned.Image.Data);
        Assert.Equal(expected.Labels.Data, turned.Labels.Data);
    }

    [Fact]
    public void A_constant_image_becomes_zero()
    {
        var constant = new Volume([.. Enumerable.Repeat(7f, 60)], 1, new(3, 4, 5), new(1, 1, 1));
        Assert.All(Preprocessor.Process(constant, null, Plan).Image.Data, value => Assert.Equal(0, value));
    }

    [Fact]
    public void A_single_slice_is_resampled_to_a_single_slice()
    {
        var slice = new Volume([.. Enumerable.Range(1, 42).Select(i => (float)i)], 1, new(1, 6, 7), new(1, 2, 2));
        var processed = Preprocessor.Process(slice, null, Plan);
        Assert.Equal(new Shape3(1, 12, 14), processed.Image.Shape);
        Assert.All(processed.Image.Data, value => Assert.True(float.IsFinite(value)));
    }

    [Fact]
    public void Masked_normalisation_leaves_the_outside_at_zero_and_standardises_the_inside()
    {
        var image = SmallDataset.Image(3);
        image.Data[SmallDataset.Shape.Offset(0, 0, 1)] = 0; // a corner of the box
        var processed = Preprocessor.Process(image, null, Plan with { Normalization = [new(NormalizationScheme.MaskedZScore)] });
        var inside = processed.Image.Data.Where((_, i) => processed.Labels.Data[i] >= 0).ToArray();
        Assert.Equal(processed.Image.Data.Length - 1, inside.Length);
        Assert.Equal(0, processed.Image.Data[0]);
        Assert.Equal(0, inside.Average(), 1e-5);
        Assert.Equal(1, inside.Average(v => (double)v * v), 1e-4);
    }

    [Theory]
    [InlineData("channels")]
    [InlineData("zero everywhere")]
    [InlineData("infinite")]
    [InlineData("spacing")]
    [InlineData("label 3")]
    [InlineData("labels are 2×2×2")]
    public void What_cannot_be_processed_is_refused_with_the_cases_name(string fault)
    {
        var shape = SmallDataset.Shape;
        var image = SmallDataset.Image(1);
        var labels = SmallDataset.Labels(1);
        switch (fault)
        {
            case "channels":
                image = new Volume([.. image.Data, .. image.Data], 2, shape, image.Spacing);
                break;
            case "zero everywhere":
                Array.Clear(image.Data);
                break;
            case "infinite":
                image.Data[9] = float.NegativeInfinity;
                break;
            case "spacing":
                image = new Volume(image.Data, 1, shape, new(1, 0, 1));
                break;
            case "label 3":
                labels.Data[3] = 3;
                break;
            default:
                labels = new LabelMap(new short[8], Shape3.Cube(2), new(1, 1, 1));
                break;
        }

        var error = Assert.Throws<PreprocessingException>(() => Preprocessor.Process(image, labels, Plan, "patient_7"));
        Assert.Contains("patient_7", error.Message, StringComparison.Ordinal);
        Assert.Contains(fault, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Processing_does_not_change_its_input()
    {
        var (image, labels) = (SmallDataset.Image(4), SmallDataset.Labels(4));
        Preprocessor.Process(image, labels, Plan with { Spacing = new(1.1, 1, 0.9) });
        Assert.Equal(SmallDataset.Image(4).Data, image.Data);
        Assert.Equal(SmallDataset.Labels(4).Data, labels.Data);
    }

    [Theory]
    [InlineData(0, 1, 2)]
    [InlineData(2, 0, 1)]
    [InlineData(1, 0, 2)]
    public void A_segmentation_returns_to_the_original_image(int first, int second, int third)
    {
        var labels = SmallDataset.Labels(2);
        var processed = Preprocessor.Process(SmallDataset.Image(2), labels, Plan with { AxisOrder = [first, second, third] });
        var restored = processed.Geometry.Restore(OneHot(processed.Labels, 3), 3);
        Assert.Equal(labels.Shape, restored.Shape);
        Assert.Equal(labels.Data, restored.Data);
    }

    [Fact]
    public void A_segmentation_returns_from_another_spacing_but_for_its_rim()
    {
        var labels = SmallDataset.Labels(2);
        var plan = Plan with { AxisOrder = [1, 2, 0], Spacing = new(0.7, 0.8, 0.6) };
        var processed = Preprocessor.Process(SmallDataset.Image(2), labels, plan);
        var restored = processed.Geometry.Restore(OneHot(processed.Labels, 3), 3);
        var both = labels.Data.Zip(restored.Data).Count(pair => pair.First > 0 && pair.First == pair.Second);
        var either = labels.Data.Count(l => l > 0) + restored.Data.Count(l => l > 0);
        Assert.InRange(2.0 * both / either, 0.95, 1);
    }

    [Fact]
    public void Restoring_refuses_another_number_of_values()
    {
        var geometry = Preprocessor.Process(SmallDataset.Image(2), null, Plan).Geometry;
        Assert.Throws<ArgumentException>(() => geometry.Restore(new float[5], 3));
    }

    private static float[] OneHot(LabelMap labels, int classes)
    {
        var values = new float[classes * labels.Data.Length];
        for (var i = 0; i < labels.Data.Length; i++)
        {
            values[(Math.Max((short)0, labels.Data[i]) * labels.Data.Length) + i] = 1;
        }

        return values;
    }
}

using AdwUNet.Evaluation;
using AdwUNet.Imaging;
using CsCheck;

namespace AdwUNet.Data.Tests.Evaluation;

public class DiceTests
{
    [Fact]
    public void Counts_twice_the_common_voxels_over_all()
    {
        var dice = Dice.PerClass(Map(1, 1, 1, 0, 2, 2), Map(1, 1, 0, 0, 2, 1), 3);
        Assert.Equal([2.0 * 2 / 6, 2.0 * 1 / 3], dice);
    }

    [Fact]
    public void Is_null_only_where_the_class_is_in_neither()
    {
        Assert.Equal([null, 0.0, 0.0], Dice.PerClass(Map(0, 0, 2), Map(0, 3, 0), 4));
    }

    [Fact]
    public void Takes_minus_one_for_background()
    {
        Assert.Equal([1.0], Dice.PerClass(Map(0, 1, 0), Map(-1, 1, -1), 2));
    }

    [Fact]
    public void Refuses_other_shapes_and_labels_that_are_no_class()
    {
        Assert.Contains("1×1×2", Assert.Throws<EvaluationException>(() => Dice.PerClass(Map(0, 1), Map(0), 2)).Message, StringComparison.Ordinal);
        Assert.Contains("label 7", Assert.Throws<EvaluationException>(() => Dice.PerClass(Map(0, 7), Map(0, 1), 2)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Is_symmetric_between_0_and_1_and_1_only_for_equal_masks()
    {
        Gen.Short[0, 2].Array[40].Select(Gen.Short[0, 2].Array[40]).Sample((one, other) =>
        {
            var dice = Dice.PerClass(Map(one), Map(other), 3);
            Assert.Equal(dice, Dice.PerClass(Map(other), Map(one), 3));
            for (short label = 1; label < 3; label++)
            {
                var value = dice[label - 1];
                var equal = one.Select(x => x == label).SequenceEqual(other.Select(x => x == label));
                Assert.True(value is null or (>= 0 and <= 1));
                Assert.Equal(equal && one.Contains(label), value is 1);
            }
        });
    }

    private static LabelMap Map(params short[] labels) => new(labels, new Shape3(1, 1, labels.Length), new Spacing3(1, 1, 1));
}

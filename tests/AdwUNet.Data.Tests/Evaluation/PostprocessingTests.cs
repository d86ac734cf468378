using AdwUNet.Evaluation;
using AdwUNet.Imaging;

namespace AdwUNet.Data.Tests.Evaluation;

/// <summary>Decisions computed by hand on rows of voxels, by the rules that nnU-Net's sources state.</summary>
public class PostprocessingTests
{
    private static readonly string[] TwoClasses = ["background", "one", "two"];

    [Theory]
    [InlineData(PostprocessingRules.NnUNetV1)]
    [InlineData(PostprocessingRules.NnUNetV2)]
    public void A_class_is_treated_alone_where_foreground_as_one_would_lose_another(PostprocessingRules rules)
    {
        // As one, the largest component is the three voxels of class one: class two would be gone.
        var chosen = Choose(rules, ("11101022", "11100022"));

        Assert.Equal([("foreground", false), ("one", true), ("two", false)], Decisions(chosen));
        Same([6.0 / 7, 1], chosen.Trials[0].Before);
        Same([1, 0], chosen.Trials[0].After);
        Same([6.0 / 7, 1], chosen.Trials[1].Before);
        Same([1, 1], chosen.Trials[1].After);
        Same([1, 1], chosen.Trials[2].Before);
        Assert.Equal("22000111", Row(chosen.Apply(Map("22010111"))));
        Assert.Equal("22202000", Row(chosen.Apply(Map("22202000"))));
    }

    [Theory]
    [InlineData(PostprocessingRules.NnUNetV1)]
    [InlineData(PostprocessingRules.NnUNetV2)]
    public void Foreground_is_treated_as_one_where_a_class_gains_and_none_loses(PostprocessingRules rules)
    {
        var chosen = Choose(rules, ("012010", "012000"), ("011220", "011220"));

        // Class one: 2/3 and 1, then 1 and 1.
        Assert.Equal([("foreground", true), ("one", false), ("two", false)], Decisions(chosen));
        Same([(1 + (2.0 / 3)) / 2, 1], chosen.Trials[0].Before);
        Same([1, 1], chosen.Trials[0].After);
        Assert.Equal("012200", Row(chosen.Apply(Map("012202"))));
    }

    [Fact]
    public void The_mean_over_all_cases_decides()
    {
        // The first case gains 1/7; the second, whose structure has two parts, loses 1/5.
        var chosen = Choose(PostprocessingRules.NnUNetV1, ("1110100", "1110000"), ("1101000", "1101000"));
        Assert.Equal([("foreground", false), ("one", false), ("two", false)], Decisions(chosen));
        Same([(1 + (6.0 / 7)) / 2, null], chosen.Trials[1].Before);
        Same([(1 + 0.8) / 2, null], chosen.Trials[1].After);
    }

    [Fact]
    public void With_a_class_in_no_case_the_mean_of_v2_is_undefined_and_v1_goes_by_the_other_class()
    {
        (string, string)[] cases = [("1110100", "1110000")];
        Assert.Equal([("foreground", true), ("one", false), ("two", false)], Decisions(Choose(PostprocessingRules.NnUNetV1, cases)));
        Assert.Equal([("foreground", false), ("one", true), ("two", false)], Decisions(Choose(PostprocessingRules.NnUNetV2, cases)));
    }

    [Fact]
    public void A_single_class_is_tried_once() => Assert.Equal(
        [("foreground", true)], Decisions(Postprocessing.Choose([(Map("11010"), Map("11000"))], ["background", "one"])));

    [Fact]
    public void Rules_differ_in_neighbours_and_ties()
    {
        // Two rows whose voxels touch at a corner; then two components of equal size.
        var corner = new LabelMap([1, 1, 0, 0, 0, 0, 1, 1], new(1, 2, 4), new(1, 1, 1));
        var (v1, v2) = (Keep(PostprocessingRules.NnUNetV1), Keep(PostprocessingRules.NnUNetV2));
        Assert.Equal("11000000", Row(v1.Apply(corner)));
        Assert.Equal("11000011", Row(v2.Apply(corner)));
        Assert.Equal("110000", Row(v1.Apply(Map("110110"))));
        Assert.Equal("110110", Row(v2.Apply(Map("110110"))));
    }

    [Fact]
    public void Regions_are_treated_in_turn_by_the_rules_of_v2_and_ignored_voxels_do_not_count()
    {
        var scheme = new LabelScheme
        {
            Regions = [new("whole", [1, 2]), new("core", [2])],
            RegionsClassOrder = [1, 2],
            IgnoreLabel = 3,
        };

        // The whole has two parts in the reference, the core one.
        var chosen = Choose("1220011000");
        Assert.Equal([("foreground", false), ("whole", false), ("core", true)], Decisions(chosen));
        Same([1, 0.8], chosen.Trials[0].Before);
        Same([0.75, 1], chosen.Trials[0].After);
        Same([8.0 / 9, 1], chosen.Trials[2].After);
        Assert.Equal("1220010000", Row(chosen.Apply(Map("1220012000"))));

        // Where nothing is known of the voxel, it is not wrong.
        Assert.DoesNotContain(Choose("1220013000").Trials, trial => trial.Helps);
        Assert.Contains("choose the rules of v2", Assert.Throws<EvaluationException>(() => Choose("1220011000", PostprocessingRules.NnUNetV1)).Message, StringComparison.Ordinal);

        Postprocessing Choose(string reference, PostprocessingRules rules = PostprocessingRules.NnUNetV2) =>
            Postprocessing.Choose([(Map("1220012000"), Map(reference))], TwoClasses, scheme, rules);
    }

    [Fact]
    public void A_decision_is_read_back_and_a_damaged_one_refused()
    {
        using var folder = new TemporaryFolder();
        var path = folder.PathOf(Postprocessing.FileName);
        var chosen = Choose(PostprocessingRules.NnUNetV1, ("11101022", "11100022"), ("1110100", "1110000"));
        chosen.Save(path);
        var read = Postprocessing.Load(path);
        Assert.Equal((chosen.Rules, 2), (read.Rules, read.Cases));
        Assert.Equal(Decisions(chosen), Decisions(read));
        Same(chosen.Trials[1].After, read.Trials[1].After);
        Assert.Equal("22000111", Row(read.Apply(Map("22010111"))));
        File.WriteAllText(path, "{ \"rules\": \"nnUNetV1\" }");
        Assert.Contains(path, Assert.Throws<EvaluationException>(() => Postprocessing.Load(path)).Message, StringComparison.Ordinal);
        Assert.Contains("no case", Assert.Throws<EvaluationException>(() => Choose(PostprocessingRules.NnUNetV1)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_segmentation_that_is_given_stays_as_it_is()
    {
        var map = Map("1101");
        Assert.Equal("1100", Row(Keep(PostprocessingRules.NnUNetV1).Apply(map)));
        Assert.Equal("1101", Row(map));
    }

    private static Postprocessing Choose(PostprocessingRules rules, params (string Prediction, string Reference)[] cases) =>
        Postprocessing.Choose(cases.Select(pair => (Map(pair.Prediction), Map(pair.Reference))), TwoClasses, rules: rules);

    private static Postprocessing Keep(PostprocessingRules rules) => new()
    {
        Rules = rules,
        Cases = 1,
        Trials = [new PostprocessingTrial { Name = "one", Labels = [1], Before = [], After = [], Helps = true }],
    };

    private static IEnumerable<(string, bool)> Decisions(Postprocessing chosen) => chosen.Trials.Select(trial => (trial.Name, trial.Helps));

    private static void Same(IReadOnlyList<double?> expected, IReadOnlyList<double?> actual)
    {
        Assert.Equal(expected.Count, actual.Count);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First ?? double.NaN, pair.Second ?? double.NaN, 1e-12));
    }

    private static LabelMap Map(string row) => new([.. row.Select(digit => (short)(digit - '0'))], new(1, 1, row.Length), new(1, 1, 1));

    private static string Row(LabelMap map) => string.Concat(map.Data);
}

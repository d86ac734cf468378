using System.Globalization;
using System.Text.Json;
using AdwUNet.Datasets;
using AdwUNet.Planning;
using AdwUNet.Tests.Golden;

namespace AdwUNet.Data.Tests.Planning;

public class SplitsTests
{
    private const string Cases = "cases of every fold in order";

    private static readonly JsonElement Golden = JsonDocument.Parse(File.ReadAllText(GoldenFiles.PathOf("splits.json"))).RootElement;

    [Theory]
    [InlineData(48)]
    [InlineData(260)]
    public void Folds_equal_splits_json(int count)
    {
        var ids = Ids(count);
        var folds = Golden.GetProperty(count.ToString(CultureInfo.InvariantCulture)).EnumerateObject().ToArray();
        Assert.Equal(7, folds.Length);
        foreach (var fold in folds)
        {
            var split = fold.Name == "all"
                ? Splits.All(ids)
                : Splits.Fold(ids, int.Parse(fold.Name, CultureInfo.InvariantCulture));
            Compare(fold.Value, ids, split);
        }
    }

    [Fact]
    public void Another_share_of_A_equals_splits_json()
    {
        var ids = Ids(48);
        Compare(Golden.GetProperty("48_trA_percent_0.3_fold_all"), ids, Splits.All(ids, shareOfA: 0.3));
    }

    [Fact]
    public void Validation_cases_equal_the_KFold_of_splits_json()
    {
        var ids = Ids(48);
        var folds = Golden.GetProperty("kfold_48_test_indices").EnumerateArray().ToArray();
        Assert.Equal(Splits.FoldCount, folds.Length);
        for (var fold = 0; fold < folds.Length; fold++)
        {
            Near.Same("splits.json", Cases, Names(folds[fold], ids), Splits.Fold(ids, fold).Validation);
        }
    }

    [Fact]
    public void The_order_of_the_ids_does_not_matter()
    {
        var ids = Ids(23);
        Assert.Equal(Splits.Fold(ids, 2).TrainA, Splits.Fold(ids.Reverse(), 2).TrainA);
    }

    [Fact]
    public void Train_is_both_halves_in_order()
    {
        var ids = Ids(12);
        var split = Splits.Fold(ids, 1);
        Assert.Equal(ids.Except(split.Validation), split.Train);
    }

    [Fact]
    public void Too_few_cases_are_refused() => Assert.Throws<PlanException>(() => Splits.Fold(Ids(4), 0));

    [Fact]
    public void A_case_listed_twice_is_refused()
    {
        var error = Assert.Throws<PlanException>(() => Splits.Fold([.. Ids(6), "case_003"], 0));
        Assert.Contains("case_003", error.Message, StringComparison.Ordinal);
    }

    private static void Compare(JsonElement expected, string[] ids, Split split)
    {
        Near.Same("splits.json", Cases, Names(expected.GetProperty("trA"), ids), split.TrainA);
        Near.Same("splits.json", Cases, Names(expected.GetProperty("trB"), ids), split.TrainB);
        Near.Same("splits.json", Cases, Names(expected.GetProperty("val"), ids), split.Validation);
    }

    private static IEnumerable<string> Names(JsonElement indices, string[] ids) => indices.EnumerateArray().Select(i => ids[i.GetInt32()]);

    private static string[] Ids(int count) => [.. Enumerable.Range(0, count).Select(i => $"case_{i:000}")];
}

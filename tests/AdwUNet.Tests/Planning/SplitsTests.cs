using System.Globalization;
using System.Text.Json;
using AdwUNet.Planning;
using AdwUNet.Tests.Golden;

namespace AdwUNet.Tests.Planning;

public class SplitsTests
{
    [Theory]
    [InlineData(48)]
    [InlineData(260)]
    public void Folds_equal_splits_json(int count)
    {
        using var golden = JsonDocument.Parse(File.ReadAllText(GoldenFiles.PathOf("splits.json")));
        var ids = Ids(count);
        var compared = 0;
        foreach (var fold in golden.RootElement.GetProperty(count.ToString(CultureInfo.InvariantCulture)).EnumerateObject())
        {
            var split = fold.Name == "all"
                ? Splits.All(ids)
                : Splits.Fold(ids, int.Parse(fold.Name, CultureInfo.InvariantCulture));
            Near.Same("splits.json", "cases of every fold in order", Expected("trA"), split.TrainA);
            Near.Same("splits.json", "cases of every fold in order", Expected("trB"), split.TrainB);
            Near.Same("splits.json", "cases of every fold in order", Expected("val"), split.Validation);
            compared++;

            IEnumerable<string> Expected(string key) => fold.Value.GetProperty(key).EnumerateArray().Select(i => ids[i.GetInt32()]);
        }

        Assert.Equal(7, compared);
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

    private static string[] Ids(int count) => [.. Enumerable.Range(0, count).Select(i => $"case_{i:000}")];
}

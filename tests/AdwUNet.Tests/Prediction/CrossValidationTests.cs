using AdwUNet.Datasets;
using AdwUNet.Evaluation;
using AdwUNet.Imaging;
using AdwUNet.Prediction;

namespace AdwUNet.Tests.Prediction;

public sealed class CrossValidationTests : IDisposable
{
    private static readonly string[] Classes = ["background", "anterior", "posterior"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Mean_and_spread_are_those_of_the_folds_not_of_the_cases()
    {
        var validation = Validation();

        // Anterior: fold 0 has Dice 1 and 1/2, fold 1 has 1; over cases the mean would be 5/6.
        var anterior = validation.Classes[0];
        Assert.Equal("anterior", anterior.Class);
        Assert.Equal(2, anterior.Dice.Count);
        Assert.Equal(0.875, anterior.Dice.Mean!.Value, 1e-12);
        Assert.Equal(Math.Sqrt(2) * 0.125, anterior.Dice.StandardDeviation!.Value, 1e-12);
        Assert.Equal(2.5 / 3, validation.AllCases.Classes[0].Dice.Mean!.Value, 1e-12);
        Assert.Equal(3, validation.AllCases.Cases.Count);

        // 0 and 3 mm in fold 0, 0 mm in fold 1.
        Assert.Equal(2, anterior.HausdorffDistance95.Count);
        Assert.Equal(0.75, anterior.HausdorffDistance95.Mean!.Value, 1e-12);
    }

    [Fact]
    public void Absent_classes_are_counted_and_no_fold_is_averaged_that_has_nothing_to_average()
    {
        // Posterior: missed in case a, in neither map elsewhere, so that fold 1 defines no Dice.
        var posterior = Validation().Classes[1];
        Assert.Equal((2, 1, 0), (posterior.Neither, posterior.Missed, posterior.FalselyFound));
        Assert.Equal(new MetricSummary(1, 0, null), posterior.Dice);
        Assert.Equal(new MetricSummary(0, null, null), posterior.HausdorffDistance95);

        // Mean of the classes: 0.75 and 0 in fold 0, only 1 in fold 1.
        Assert.Equal(2, Validation().MeanDice.Count);
        Assert.Equal((0.375 + 1) / 2, Validation().MeanDice.Mean!.Value, 1e-12);
    }

    [Fact]
    public void Comes_back_from_its_file()
    {
        var (path, copy) = (_folder.PathOf("cross-validation.json"), _folder.PathOf("copy.json"));
        Validation().Save(path);
        var loaded = CrossValidation.Load(path);
        loaded.Save(copy);
        Assert.Equal(File.ReadAllText(path), File.ReadAllText(copy));
        Assert.Equal(Validation().Classes, loaded.Classes);
        Assert.Equal(Validation().MeanDice, loaded.MeanDice);
    }

    [Fact]
    public void Is_an_aligned_table()
    {
        string[] expected =
        [
            "2 folds, 3 cases, mean Dice of the classes 0.6875 (sd over folds 0.4419)",
            "",
            "class        Dice      sd  folds  HD95 mm    sd  folds  missed  false  in neither",
            "---------  ------  ------  -----  -------  ----  -----  ------  -----  ----------",
            "anterior   0.8750  0.1768      2     0.75  1.06      2       0      0           0",
            "posterior  0.0000       -      1        -     -      0       1      0           2",
            "",
            "fold  cases  class        Dice  HD95 mm  missed  false  in neither",
            "----  -----  ---------  ------  -------  ------  -----  ----------",
            "   0      2  anterior   0.7500     1.50       0      0           0",
            "   0      2  posterior  0.0000        -       1      0           1",
            "   1      1  anterior   1.0000     0.00       0      0           0",
            "   1      1  posterior       -        -       0      0           1",
            "",
        ];
        Assert.Equal(expected, Validation().ToText().Split('\n'));
    }

    [Fact]
    public void Folds_keep_their_numbers_where_some_are_missing()
    {
        var folds = Validation().Folds;
        var path = _folder.PathOf("cross-validation.json");
        new CrossValidation(folds, [2, 4]).Save(path);
        var rows = CrossValidation.Load(path).ToText().Split('\n');
        Assert.Equal(["   2      2", "   2      2", "   4      1", "   4      1"], rows[9..13].Select(row => row[..11]));
        Assert.StartsWith("1 fold, 1 case, mean", new CrossValidation([folds[1]], [4]).ToText(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(3, 3)]
    [InlineData(0, 1, 2)]
    public void Numbers_that_do_not_fit_the_folds_are_refused(params int[] numbers) =>
        Assert.Contains(
            $"2 folds and the numbers {string.Join(", ", numbers)}",
            Assert.Throws<EvaluationException>(() => new CrossValidation(Validation().Folds, numbers)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void No_fold_a_case_in_two_folds_and_folds_of_other_classes_are_refused()
    {
        var folds = Validation().Folds;
        Assert.Throws<EvaluationException>(() => new CrossValidation([]));
        Assert.Contains("Case a", Assert.Throws<EvaluationException>(() => new CrossValidation([.. folds, folds[0]])).Message, StringComparison.Ordinal);
        var liver = new EvaluationReport([CaseResult.Compare("d", Map(0, 1), Map(0, 1), ["background", "liver"])]);
        Assert.Contains("liver", Assert.Throws<EvaluationException>(() => new CrossValidation([.. folds, liver])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{ "folds": [] }""")]
    [InlineData("""{ "folds": [null] }""")]
    public void A_file_that_is_no_cross_validation_is_named(string json)
    {
        var path = _folder.PathOf("broken.json");
        File.WriteAllText(path, json);
        Assert.Contains(path, Assert.Throws<EvaluationException>(() => CrossValidation.Load(path)).Message, StringComparison.Ordinal);
    }

    private static CrossValidation Validation() => new(
    [
        new EvaluationReport(
        [
            CaseResult.Compare("a", Map(1, 0, 0), Map(1, 2, 0), Classes),
            CaseResult.Compare("b", Map(1, 1, 0, 0), Map(0, 1, 1, 0), Classes),
        ]),
        new EvaluationReport([CaseResult.Compare("c", Map(1, 0, 0), Map(1, 0, 0), Classes)]),
    ]);

    private static LabelMap Map(params short[] labels) => new(labels, new Shape3(1, 1, labels.Length), new Spacing3(1, 1, 3));
}

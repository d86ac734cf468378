using AdwUNet.Datasets;
using AdwUNet.Evaluation;
using AdwUNet.Imaging;

namespace AdwUNet.Data.Tests.Evaluation;

public sealed class EvaluationReportTests : IDisposable
{
    private static readonly string[] Classes = ["background", "anterior", "posterior"];

    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_case_states_where_each_class_is()
    {
        var result = CaseResult.Compare("case_1", Map(1, 1, 0, 0), Map(1, 0, 0, 2), Classes);
        Assert.Equal(["anterior", "posterior"], result.Classes.Select(entry => entry.Class));
        Assert.Equal((ClassPresence.Both, 2.0 / 3, 1, 2), Facts(result.Classes[0]));
        Assert.Equal(3 * 0.9, result.Classes[0].HausdorffDistance95!.Value, 1e-12);
        Assert.Equal((ClassPresence.Missed, 0.0, 1, 0), Facts(result.Classes[1]));
        Assert.Null(result.Classes[1].HausdorffDistance95);
        Assert.Equal((ClassPresence.FalselyFound, 0.0, 0, 1), Facts(CaseResult.Compare("c", Map(2), Map(0), Classes).Classes[1]));
        Assert.Equal((ClassPresence.Neither, (double?)null, 0, 0), Facts(CaseResult.Compare("c", Map(0), Map(0), Classes).Classes[1]));
    }

    [Fact]
    public void A_summary_takes_each_metric_over_the_cases_that_define_it_and_counts_the_others()
    {
        var summary = Report().Classes[1];
        Assert.Equal((1, 1, 1), (summary.Missed, summary.FalselyFound, summary.Neither));

        // Dice 1 (a), 0 (b, missed), 0 (c, false); d has the class nowhere.
        Assert.Equal(3, summary.Dice.Count);
        Assert.Equal(1.0 / 3, summary.Dice.Mean!.Value, 1e-12);
        Assert.Equal(Math.Sqrt(1.0 / 3), summary.Dice.StandardDeviation!.Value, 1e-12);
        Assert.Equal(new MetricSummary(1, 0, null), summary.HausdorffDistance95);
        Assert.Equal((1 + (1.0 / 3)) / 2, Report().MeanDice!.Value, 1e-12);
    }

    [Fact]
    public void Nothing_to_average_is_null_not_0() => Assert.Equal(new MetricSummary(0, null, null), MetricSummary.Of([null, null]));

    [Fact]
    public void Comes_back_from_its_file()
    {
        var (path, copy) = (Path.Combine(_folder, "evaluation.json"), Path.Combine(_folder, "copy.json"));
        Report().Save(path);
        var loaded = EvaluationReport.Load(path);
        loaded.Save(copy);
        Assert.Equal(File.ReadAllText(path), File.ReadAllText(copy));
        Assert.Equal(Report().Cases.SelectMany(entry => entry.Classes), loaded.Cases.SelectMany(entry => entry.Classes));
        Assert.Equal(Report().Classes, loaded.Classes);
        Assert.Contains("\"presence\": \"Missed\"", File.ReadAllText(path), StringComparison.Ordinal);
        Assert.Contains("\"meanDice\": 0.6666", File.ReadAllText(path), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{ "cases": null }""")]
    [InlineData("""{ "cases": [] }""")]
    [InlineData("""{ "cases": [null] }""")]
    public void A_file_that_is_no_report_is_named(string json)
    {
        var path = Path.Combine(_folder, "broken.json");
        File.WriteAllText(path, json);
        Assert.Contains(path, Assert.Throws<EvaluationException>(() => EvaluationReport.Load(path)).Message, StringComparison.Ordinal);
        var missing = Path.Combine(_folder, "none", "missing.json");
        Assert.Contains(missing, Assert.Throws<EvaluationException>(() => EvaluationReport.Load(missing)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Is_an_aligned_table()
    {
        string[] expected =
        [
            "4 cases, mean Dice of the classes 0.6667",
            "",
            "class        Dice      sd  n  HD95 mm    sd  n  missed  false  in neither",
            "---------  ------  ------  -  -------  ----  -  ------  -----  ----------",
            "anterior   1.0000  0.0000  4     0.00  0.00  4       0      0           0",
            "posterior  0.3333  0.5774  3     0.00     -  1       1      1           1",
            "",
            "case  class        Dice  HD95 mm  note",
            "----  ---------  ------  -------  -----------------------------",
            "a     anterior   1.0000     0.00",
            "a     posterior  1.0000     0.00",
            "b     anterior   1.0000     0.00",
            "b     posterior  0.0000        -  missed: only in the reference",
            "c     anterior   1.0000     0.00",
            "c     posterior  0.0000        -  false: only in the prediction",
            "d     anterior   1.0000     0.00",
            "d     posterior       -        -  in neither",
            "",
        ];
        Assert.Equal(expected, Report().ToText().Split('\n'));
    }

    [Fact]
    public void Cases_of_another_dataset_or_none_are_refused()
    {
        var other = CaseResult.Compare("other", Map(0, 1), Map(0, 1), ["background", "liver"]);
        Assert.Contains("liver", Assert.Throws<EvaluationException>(() => Report().With([other])).Message, StringComparison.Ordinal);
        Assert.Throws<EvaluationException>(() => new EvaluationReport([]));
        Assert.Equal(8, Report().With(Report().Cases).Cases.Count);
    }

    [Fact]
    public void A_comparison_that_fails_names_the_case() => Assert.StartsWith(
        "Case case_7: ",
        Assert.Throws<EvaluationException>(() => CaseResult.Compare("case_7", Map(0, 1), Map(0), Classes)).Message,
        StringComparison.Ordinal);

    private static EvaluationReport Report() => new(
    [
        CaseResult.Compare("a", Map(1, 2, 0), Map(1, 2, 0), Classes),
        CaseResult.Compare("b", Map(1, 0, 0), Map(1, 2, 0), Classes),
        CaseResult.Compare("c", Map(1, 2, 0), Map(1, 0, 0), Classes),
        CaseResult.Compare("d", Map(1, 0, 0), Map(1, 0, 0), Classes),
    ]);

    private static (ClassPresence Presence, double? Dice, long Reference, long Prediction) Facts(ClassResult result) =>
        (result.Presence, result.Dice, result.ReferenceVoxels, result.PredictionVoxels);

    private static LabelMap Map(params short[] labels) => new(labels, new Shape3(1, 1, labels.Length), new Spacing3(1, 1, 3));
}

using System.Globalization;

namespace AdwUNet.Evaluation;

/// <summary>Lays out evaluations as aligned plain text.</summary>
internal static class ReportText
{
    private const string None = "-";
    private const int DiceDigits = 4;
    private const int DistanceDigits = 2;

    public static string Of(EvaluationReport report) => string.Join('\n',
    [
        $"{Nouns(report.Cases.Count, "case")}, mean Dice of the classes {Number(report.MeanDice, DiceDigits)}",
        "",
        .. Table(
            ["class", "Dice", "sd", "n", "HD95 mm", "sd", "n", "missed", "false", "in neither"],
            [.. report.Classes.Select(ClassRow)]),
        "",
        .. Table(
            ["case", "class", "Dice", "HD95 mm", "note"],
            [.. report.Cases.SelectMany(result => result.Classes.Select(entry => CaseRow(result, entry)))]),
        "",
    ]);

    public static string Of(CrossValidation validation) => string.Join('\n',
    [
        $"{Nouns(validation.Folds.Count, "fold")}, {Nouns(validation.AllCases.Cases.Count, "case")}, mean Dice of the classes "
            + $"{Number(validation.MeanDice.Mean, DiceDigits)} (sd over folds {Number(validation.MeanDice.StandardDeviation, DiceDigits)})",
        "",
        .. Table(
            ["class", "Dice", "sd", "folds", "HD95 mm", "sd", "folds", "missed", "false", "in neither"],
            [.. validation.Classes.Select(ClassRow)]),
        "",
        .. Table(
            ["fold", "cases", "class", "Dice", "HD95 mm", "missed", "false", "in neither"],
            [.. validation.Folds.Zip(validation.Numbers).SelectMany(
                fold => fold.First.Classes.Select(summary => FoldRow(fold.Second, fold.First, summary)))]),
        "",
    ]);

    private static string[] ClassRow(FoldSummary summary) =>
    [
        summary.Class,
        Number(summary.Dice.Mean, DiceDigits), Number(summary.Dice.StandardDeviation, DiceDigits), Count(summary.Dice.Count),
        Number(summary.HausdorffDistance95.Mean, DistanceDigits), Number(summary.HausdorffDistance95.StandardDeviation, DistanceDigits), Count(summary.HausdorffDistance95.Count),
        Count(summary.Missed), Count(summary.FalselyFound), Count(summary.Neither),
    ];

    private static string[] FoldRow(int fold, EvaluationReport report, ClassSummary summary) =>
    [
        Count(fold), Count(report.Cases.Count), summary.Class,
        Number(summary.Dice.Mean, DiceDigits), Number(summary.HausdorffDistance95.Mean, DistanceDigits),
        Count(summary.Missed), Count(summary.FalselyFound), Count(summary.Neither),
    ];

    private static string[] ClassRow(ClassSummary summary) =>
    [
        summary.Class,
        Number(summary.Dice.Mean, DiceDigits), Number(summary.Dice.StandardDeviation, DiceDigits), Count(summary.Dice.Count),
        Number(summary.HausdorffDistance95.Mean, DistanceDigits), Number(summary.HausdorffDistance95.StandardDeviation, DistanceDigits), Count(summary.HausdorffDistance95.Count),
        Count(summary.Missed), Count(summary.FalselyFound), Count(summary.Neither),
    ];

    private static string[] CaseRow(CaseResult result, ClassResult entry) =>
        [result.Case, entry.Class, Number(entry.Dice, DiceDigits), Number(entry.HausdorffDistance95, DistanceDigits), Note(entry.Presence)];

    private static string Note(ClassPresence presence) => presence switch
    {
        ClassPresence.Missed => "missed: only in the reference",
        ClassPresence.FalselyFound => "false: only in the prediction",
        ClassPresence.Neither => "in neither",
        _ => "",
    };

    /// <summary>Text columns are flush left, columns whose cells are all numbers flush right.</summary>
    private static IEnumerable<string> Table(string[] header, string[][] rows)
    {
        var columns = Enumerable.Range(0, header.Length).ToArray();
        var widths = Array.ConvertAll(columns, column => rows.Append(header).Max(row => row[column].Length));
        var numeric = Array.ConvertAll(columns, column => rows.All(row => IsNumber(row[column])));
        string Line(string[] cells) => string.Join("  ", columns.Select(column =>
            numeric[column] ? cells[column].PadLeft(widths[column]) : cells[column].PadRight(widths[column]))).TrimEnd();

        return [Line(header), string.Join("  ", widths.Select(width => new string('-', width))), .. rows.Select(Line)];
    }

    private static bool IsNumber(string cell) => cell == None || double.TryParse(cell, CultureInfo.InvariantCulture, out _);

    private static string Number(double? value, int digits) => value?.ToString($"F{digits}", CultureInfo.InvariantCulture) ?? None;

    private static string Nouns(int count, string noun) => count == 1 ? $"1 {noun}" : $"{Count(count)} {noun}s";

    private static string Count(int value) => value.ToString(CultureInfo.InvariantCulture);
}

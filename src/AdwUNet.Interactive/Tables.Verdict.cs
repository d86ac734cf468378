using AdwUNet.Evaluation;
using AdwUNet.Verdict;

namespace AdwUNet.Interactive;

/// <content>Tables of verdicts.</content>
public static partial class Tables
{
    /// <summary>Questions with their answers.</summary>
    /// <param name="answers">The answers.</param>
    public static HtmlFigure Answers(params IEnumerable<Answer> answers) =>
        Html(["question", "answer"], answers.Select(answer => (IReadOnlyList<object?>)[answer.Question, answer.Text]));

    /// <summary>Comparisons of methods: Dice, the difference with its 95 % interval, the finding, and the paired t-test corrected for several comparisons.</summary>
    /// <param name="comparisons">Comparisons that are made together.</param>
    public static HtmlFigure Comparisons(IReadOnlyList<Comparison> comparisons)
    {
        ArgumentNullException.ThrowIfNull(comparisons);
        var corrected = Statistics.Holm([.. comparisons.Select(comparison => double.IsNaN(comparison.Test.P) ? 1 : comparison.Test.P)]);
        return Html(
            ["network", "compared with", "scans", "Dice", "Dice of the other", "difference", "finding", "p (t-test, Holm)"],
            comparisons.Zip(corrected, (c, p) => (IReadOnlyList<object?>)
            [
                c.Name, c.Other, c.Folds.Count, Fixed(c.Dice, "0.0000"), Fixed(c.OtherDice, "0.0000"), Interval(c.Interval, "0.0000"), Words(c.Finding, c.Margin), p < 0.0005 ? "< 0.001" : Fixed(p, "0.000"),
            ]),
            "Differences are means over the same scans, with 95 % bootstrap intervals (scans drawn within their fold). The finding follows from the interval and the margin. The intervals "
            + "hold for these trainings: another seed gives another network and another training.");
    }

    /// <summary>The checklist for research on architecture search.</summary>
    /// <param name="items">See <see cref="Checklist"/>.</param>
    public static HtmlFigure Practices(IReadOnlyList<ChecklistItem> items) => Html(
        ["", "practice", "", "what the results show"],
        items.Select(item => (IReadOnlyList<object?>)[item.Number, item.Practice, item.IsDone ? "done" : "not done", item.Evidence]),
        $"Best practices of Lindauer and Hutter (arXiv 1909.02453), answered from the results: {items.Count(item => item.IsDone)} of {items.Count} are done.");

    private static string Words(Finding finding, double margin) => finding switch
    {
        Finding.Better => "better",
        Finding.Worse => "worse",
        Finding.Equal => $"equal within {Fixed(margin, "0.###")}",
        _ => "cannot tell",
    };
}

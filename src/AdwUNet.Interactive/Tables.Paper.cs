using System.Globalization;
using AdwUNet.Architectures;
using AdwUNet.Experiments;
using AdwUNet.Planning;
using AdwUNet.Verdict;

namespace AdwUNet.Interactive;

/// <content>Tables of the paper.</content>
public static partial class Tables
{
    private const double Tera = 1e12;
    private const double Mega = 1e6;

    /// <summary>Printed Dice: a row for each task and class, a column for each method.</summary>
    /// <param name="figures">The figures of one table.</param>
    public static HtmlFigure Published(IReadOnlyList<PaperDice> figures)
    {
        string[] methods = [.. figures.Select(figure => figure.Method).Distinct()];
        return Html(
            ["task", "class", .. methods],
            figures.GroupBy(figure => (figure.Dataset, figure.Class)).Select(row => (IReadOnlyList<object?>)
            [
                row.Key.Dataset, row.Key.Class,
                .. methods.Select(method => Printed(row.FirstOrDefault(figure => figure.Method == method))),
            ]),
            $"Dice, as printed in Table {figures[0].Table} of {PaperTables.Source}.{(figures.Any(figure => figure.StandardDeviation is not null) ? " In brackets: the standard deviation over the cases." : "")}");
    }

    /// <summary>Table 5 beside the cost model: operations, weights, memory, and what explains each difference.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="plan">The plan of Task05_Prostate.</param>
    public static HtmlFigure ManualScaling(IReadOnlyList<PaperTable5> rows, Plan plan) => Html(
        ["network", "TFLOPs, printed", "as the paper counts", "convolutions alone", "million weights, printed", "counted", "a million is", "MB, printed", "MB, float32", "Dice, printed"],
        rows.Select(row =>
        {
            var cost = NetworkCost.Of(row.Architecture, plan);
            var unit = row.WeightUnit(plan);
            return (IReadOnlyList<object?>)
            [
                row.Name, Fixed(row.TeraFlops, "0.00"), Fixed(row.CountOperations(plan) / Tera, "0.000"),
                Fixed(cost.ForwardFlops / 2.0 / plan.BatchSize / Tera, "0.000"), Fixed(row.MillionWeights, "0.00"), Fixed((double)cost.Weights / unit, "0.00"),
                unit == 1_000_000 ? "10⁶" : "2²⁰", row.TrainingMegabytes, Fixed(RunEstimate.StepBytes(row.Architecture, plan) / Mega, "0"), Fixed(row.Dice, "0.0000"),
            ];
        }),
        "Printed: the paper's Table 5. Operations of a forward pass on one patch; a multiplication and an addition are one. As the paper counts: with a transposed convolution's whole kernel at "
        + "each voxel of its output, and four operations for each normalized value. MB, float32: our estimate of a training step without recomputation.");

    /// <summary>What each network gains over nnU-Net's: as printed, and in our results.</summary>
    /// <param name="gains">See <see cref="PaperGain.Of"/>.</param>
    public static HtmlFigure Gains(IReadOnlyList<PaperGain> gains) => Html(
        ["network", "gain in Dice, printed", "gain in Dice, ours", "our scans", "finding"],
        gains.Select(gain => (IReadOnlyList<object?>)
        [
            gain.Network, Fixed(gain.Printed, "+0.0000;−0.0000"), gain.Ours is { } ours ? Interval(ours.Interval, "0.0000") : "not run yet",
            gain.Ours?.Folds.Count, gain.Ours is { } found ? Words(found.Finding, found.Margin) : null,
        ]),
        "Gain: mean Dice minus that of nnU-Net's network. Printed: Task05_Prostate at full size, five folds (Table 5). Ours: Task04_Hippocampus at a quarter of the widths, with 95 % intervals "
        + "over the scans; the two compare in direction, not in size.");

    /// <summary>The experiments of the paper: printed Dice, and what a run takes.</summary>
    /// <param name="experiments">The rows.</param>
    /// <param name="profile">The size of the runs.</param>
    /// <param name="rates">Machines, a column of hours each.</param>
    public static HtmlFigure Experiments(
        IReadOnlyList<PaperExperiment> experiments, Profile profile, IReadOnlyList<ComputeRate> rates) => Html(
        ["parameters", "printed Dice", .. rates.Select(rate => $"hours, {rate.Name}"), "GB, float32"],
        experiments.Select(row =>
        {
            var estimate = row.Estimate(profile);
            return (IReadOnlyList<object?>)
            [
                row.Parameters,
                string.Join(", ", row.Published.Select(figure => $"{Unbroken(figure.Table)}:\u00A0{Fixed(figure.Dice, "0.0000")}")),
                .. rates.Select(rate => estimate is null ? "needs the data" : Hours(rate.TimeOf(estimate.Operations))),
                estimate is null ? "needs the data" : Fixed(estimate.Bytes / Giga, "0.0"),
            ];
        }),
        $"Profile {profile.Name}. Hours are those of convolutions at the rate of the machine: search, five trainings, all segmentations. GB: the largest training step. A network that is still to be searched "
        + "counts as the published one if there is one, else as the largest of the space.");

    /// <summary>Rates of machines with their sources.</summary>
    /// <param name="rates">The machines.</param>
    public static HtmlFigure Rates(IReadOnlyList<ComputeRate> rates) => Html(
        ["machine", "10⁹ operations a second", "source"],
        rates.Select(rate => (IReadOnlyList<object?>)[rate.Name, rate.OperationsPerSecond / Giga, rate.Source]),
        "A multiplication and an addition are two operations. Narrow networks reach fewer operations a second than wide ones.");

    /// <summary>What a run will take on a machine.</summary>
    /// <param name="estimate">Its operations.</param>
    /// <param name="rate">The machine.</param>
    public static HtmlFigure Estimate(RunEstimate estimate, ComputeRate rate)
    {
        IReadOnlyList<object?> Row(string name, double operations) => [name, Fixed(operations / Tera, "#,0.000"), Duration(rate.TimeOf(operations))];
        return Html(
            ["", "10¹² operations", "time"],
            [Row("search", estimate.Search), Row("five trainings", estimate.Training), Row("segmentations", estimate.Segmentation), Row("all", estimate.Operations)],
            string.Create(CultureInfo.InvariantCulture, $"At {rate.OperationsPerSecond / Giga:#,0.0} · 10⁹ operations a second ({rate.Source}). A network that is still to be searched counts as the largest of its space. ")
            + string.Create(CultureInfo.InvariantCulture, $"The largest step takes {estimate.Bytes / Giga:0.00} GB in float32."));
    }

    private static string Duration(TimeSpan time) => time switch
    {
        { TotalMinutes: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0} s"),
        { TotalHours: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMinutes:0.0} min"),
        _ => $"{Hours(time)} h",
    };

    private static string Hours(TimeSpan time) => time.TotalHours.ToString(time.TotalHours < 10 ? "0.0" : "#,0", CultureInfo.InvariantCulture);

    private static string? Printed(PaperDice? figure) => figure is null
        ? null
        : Fixed(figure.Dice, "0.0000") + (figure.StandardDeviation is { } deviation ? $"\u00A0({Fixed(deviation, "0.0000")})" : "");
}

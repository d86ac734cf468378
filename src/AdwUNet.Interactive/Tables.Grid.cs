using System.Globalization;
using AdwUNet.Evaluation;
using AdwUNet.Experiments;

namespace AdwUNet.Interactive;

/// <content>Tables of grids.</content>
public static partial class Tables
{
    private const double Million = 1e6;
    private const double Giga = 1e9;
    private const double SecondsPerMinute = 60;

    /// <summary>The runs of a grid: Dice and Hausdorff distance on whole scans, and what each run's network and computation cost.</summary>
    /// <param name="results">The finished runs.</param>
    public static HtmlFigure Runs(IReadOnlyList<GridResult> results) => Html(
        ["variant", "fold", "seed", "Dice", "HD95 (mm)", "patch Dice", "million weights", "GFLOPs", "minutes", "memory (GB)", "network"],
        results.Select(r => (IReadOnlyList<object?>)
        [
            r.Run.Variant.Name, r.Run.Fold, r.Run.Seed, Fixed(r.Dice, "0.000"), Fixed(r.HausdorffDistance95, "0.00"), Fixed(r.PatchDice, "0.000"),
            Fixed(r.Weights / Million, "0.000"), Fixed(r.ForwardFlops / Giga, "0.00"), Fixed(r.Cost.Seconds / SecondsPerMinute, "0.0"),
            Fixed(r.Cost.PeakMemory / Giga, "0.0"), r.Architecture, // last: it may be long
        ]),
        $"{Summaries.Count(results.Count, "finished run")}. Dice and HD95 (95 % Hausdorff distance) are means over the classes and the whole scans of the fold, in "
        + "their own geometry. Patch Dice is that of the patches that monitor the training. GFLOPs count the forward pass of one patch of the plan. Memory is the "
        + "most that the process used.");

    /// <summary>The variants of a grid beside a baseline: mean ± standard deviation over the seeds, and paired differences with 95 % intervals.</summary>
    /// <param name="results">The finished runs.</param>
    /// <param name="baseline">The variant to which differences are taken; the first one when null.</param>
    /// <param name="className">One class or region; the mean over all of them when null.</param>
    /// <exception cref="ExperimentException">No run is finished, or there is no such variant or class.</exception>
    public static HtmlFigure Variants(GridResults results, string? baseline = null, string? className = null)
    {
        var summaries = results.Summaries(baseline, className);
        return Html(
            ["variant", "runs", "Dice", "difference", "HD95 (mm)", "difference", "million weights", "GFLOPs", "minutes"],
            summaries.Select(s => (IReadOnlyList<object?>)
            [
                s.Variant, s.Runs, Unbroken(Spread(s.Dice, "0.000")), Interval(s.DiceDifference, "0.000"), Unbroken(Spread(s.HausdorffDistance95, "0.00")),
                Interval(s.HausdorffDifference, "0.00"), Fixed(s.Weights / Million, "0.000"), Fixed(s.ForwardFlops / Giga, "0.00"),
                Fixed(s.Seconds / SecondsPerMinute, "0.0"),
            ]),
            $"{(className is null ? "Means over the classes" : className)}; ± is the standard deviation over the seeds. Differences are to '{baseline ?? summaries[0].Variant}' on the same "
            + "scans, with 95 % bootstrap intervals over the scans, which leave out the spread over the seeds. An interval that contains 0 does not tell the two apart.");
    }

    private static string? Fixed(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture);

    private static string? Interval(MeanInterval? interval, string format) => interval is null ? null : string.Create(
        CultureInfo.InvariantCulture, $"{Signed(interval.Mean, format)} {Unbroken($"[{Signed(interval.Lower, format)}, {Signed(interval.Upper, format)}]")}");

    // With spaces at which no line is broken.
    private static string? Unbroken(string? text) => text?.Replace(' ', '\u00A0');

    private static string Signed(double value, string format) => value.ToString($"+{format};−{format};{format}", CultureInfo.InvariantCulture);
}

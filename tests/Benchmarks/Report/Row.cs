using System.Globalization;
using AdwUNet.Benchmarks.Measuring;

namespace AdwUNet.Benchmarks.Report;

/// <summary>One line of the table of targets.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Target">What is wanted.</param>
/// <param name="Baseline">The transcription in this run, or scikit-image.</param>
/// <param name="Library">The library in this run.</param>
/// <param name="Ratio">How many times better than the baseline.</param>
/// <param name="Share">The share of the peak that a step reaches.</param>
internal sealed record Row(string Name, string Target, string Baseline, string Library, string Ratio, string Share)
{
    public const string Nothing = "–";

    public static IReadOnlyList<string> Head { get; } = ["", "target", "baseline, this run", "library, this run", "× baseline", "share of peak"];

    public IReadOnlyList<string> Cells => [Name, Target, Baseline, Library, Ratio, Share];

    /// <summary>A time that is to be a number of times shorter.</summary>
    /// <param name="name">What was measured.</param>
    /// <param name="times">The least ratio that is wanted, if one is.</param>
    /// <param name="plain">The transcription's.</param>
    /// <param name="fast">The library's.</param>
    /// <param name="share">The share of the peak; null where none is said.</param>
    public static Row OfTime(string name, double? times, Samples plain, Samples fast, double? share) => new(
        name,
        times is { } wanted ? $"≥ {Number(wanted)}×" : Nothing,
        Seconds(plain),
        Seconds(fast),
        plain.IsEmpty || fast.IsEmpty ? Nothing : Judged(plain.Median / fast.Median, times),
        share is { } reached ? Number(reached) : Nothing);

    /// <summary>Peak memory that is to stay below a limit.</summary>
    public static Row OfMemory(string name, double limit, double? plain, double fast) => new(
        name,
        $"≤ {Gigabytes(limit)}",
        plain is { } bytes ? Gigabytes(bytes) : Nothing,
        $"{Gigabytes(fast)} {Mark(fast <= limit)}",
        plain is { } more ? $"{Number(more / fast)}" : Nothing,
        Nothing);

    /// <summary>A number of the library alone.</summary>
    public static Row OfValue(string name, string target, string value, bool met, string baseline = Nothing) =>
        new(name, target, baseline, $"{value} {Mark(met)}", Nothing, Nothing);

    public static string Seconds(Samples samples) => samples.IsEmpty
        ? Nothing
        : samples.Count == 1 ? Seconds(samples.Median) : $"{Seconds(samples.Median)} ±{Percent(samples.Spread)} (n={samples.Count})";

    public static string Seconds(double seconds)
    {
        const double milli = 1e3;
        return seconds < 0.1 ? $"{Number(seconds * milli)} ms" : $"{Number(seconds)} s";
    }

    public static string Gigabytes(double bytes) => $"{(bytes / 1e9).ToString("0.00", CultureInfo.InvariantCulture)} GB";

    public static string Percent(double share) => $"{(100 * share).ToString(share < 0.1 ? "0.0" : "0", CultureInfo.InvariantCulture)} %";

    /// <summary>Three digits.</summary>
    public static string Number(double value) =>
        value.ToString(Math.Abs(value) switch { < 10 => "0.00", < 100 => "0.0", _ => "0" }, CultureInfo.InvariantCulture);

    public static string Judged(double ratio, double? target) => target is { } least ? $"{Number(ratio)} {Mark(ratio >= least)}" : Number(ratio);

    private static string Mark(bool met) => met ? "✓" : "✗";
}

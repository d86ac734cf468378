using System.Globalization;
using AdwUNet.Benchmarks.Measuring;

namespace AdwUNet.Benchmarks.Report;

/// <summary>One line of the table of targets.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Target">What is wanted.</param>
/// <param name="Reference">The given figure, or what takes its place.</param>
/// <param name="Plain">The transcription in this run.</param>
/// <param name="Fast">The library in this run.</param>
/// <param name="OfReference">How many times better than the reference.</param>
/// <param name="OfPlain">How many times better than the transcription.</param>
internal sealed record Row(string Name, string Target, string Reference, string Plain, string Fast, string OfReference, string OfPlain)
{
    public const string Nothing = "–";

    public static IReadOnlyList<string> Head { get; } =
        ["", "target", "reference (given)", "plain, this run", "library, this run", "× reference", "× plain"];

    public IReadOnlyList<string> Cells => [Name, Target, Reference, Plain, Fast, OfReference, OfPlain];

    /// <summary>A time that is to be a number of times shorter.</summary>
    /// <param name="name">What was measured.</param>
    /// <param name="times">The least ratio that is wanted, if one is.</param>
    /// <param name="reference">The given seconds.</param>
    /// <param name="plain">The transcription's.</param>
    /// <param name="fast">The library's.</param>
    public static Row OfTime(string name, double? times, double? reference, Samples plain, Samples fast) => new(
        name,
        times is { } wanted ? $"≥ {Number(wanted)}×" : Nothing,
        reference is { } given ? Seconds(given) : Nothing,
        Seconds(plain),
        Seconds(fast),
        reference is { } seconds && !fast.IsEmpty ? Judged(seconds / fast.Median, times) : Nothing,
        plain.IsEmpty || fast.IsEmpty ? Nothing : Judged(plain.Median / fast.Median, times));

    /// <summary>Peak memory that is to stay below a limit.</summary>
    public static Row OfMemory(string name, double limit, double? reference, double? plain, double fast) => new(
        name,
        $"≤ {Gigabytes(limit)}",
        reference is { } given ? Gigabytes(given) : Nothing,
        plain is { } bytes ? Gigabytes(bytes) : Nothing,
        $"{Gigabytes(fast)} {Mark(fast <= limit)}",
        reference is { } of ? $"{Number(of / fast)}" : Nothing,
        plain is { } more ? $"{Number(more / fast)}" : Nothing);

    /// <summary>A number of the library alone.</summary>
    public static Row OfValue(string name, string target, string value, bool met, string reference = Nothing) =>
        new(name, target, reference, Nothing, $"{value} {Mark(met)}", Nothing, Nothing);

    /// <summary>A number of the library alone of which nothing is wanted.</summary>
    public static Row OfValue(string name, string value) => new(name, Nothing, Nothing, Nothing, value, Nothing, Nothing);

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

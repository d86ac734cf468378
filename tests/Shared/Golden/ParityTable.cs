using System.Collections.Concurrent;
using System.Globalization;
using AdwUNet.Datasets;

namespace AdwUNet.Tests.Golden;

/// <summary>
/// What this run compared with golden files, and <c>tests/golden/PARITY.md</c>, where every such quantity is stated with the largest
/// difference seen and its tolerance. Each test program has its table in it. Set <see cref="WriteVariable"/> to 1 and run all
/// tests, one program after the other, to write the file anew.
/// </summary>
public static class ParityTable
{
    /// <summary>The environment variable that makes a run write the table in place of comparing with it.</summary>
    public const string WriteVariable = "ADWUNET_WRITE_PARITY";

    private const string AnyStart = "<!-- parity ";
    private const string AnyEnd = "<!-- /parity ";

    // Each test program has a table of its own.
    private static readonly string Start = $"{AnyStart}{Assembly} -->";
    private static readonly string End = $"{AnyEnd}{Assembly} -->";
    private static readonly string Path = GoldenFiles.PathOf("PARITY.md");
    private static readonly ConcurrentDictionary<string, (Quantity Quantity, double Difference)> Seen = new();
    private static readonly ConcurrentDictionary<string, bool> Methods = new();

    private static string Assembly => typeof(ParityTable).Assembly.GetName().Name!;

    /// <summary>Whether this run writes the table.</summary>
    public static bool IsWriting { get; } = Environment.GetEnvironmentVariable(WriteVariable) == "1";

    /// <summary>Test methods that have compared something.</summary>
    public static IEnumerable<string> ComparingMethods => Methods.Keys;

    /// <summary>The row of every quantity compared so far, without its difference, in order.</summary>
    public static IReadOnlyList<string> SeenRows => [.. Seen.Values.Select(seen => Key(seen.Quantity)).Order(StringComparer.Ordinal)];

    /// <summary>The rows of the file, without their differences, in order.</summary>
    public static IReadOnlyList<string> FileRows => [.. Rows().Select(Key).Order(StringComparer.Ordinal)];

    /// <summary>Notes a difference; it must be within the tolerance.</summary>
    /// <param name="quantity">What was compared.</param>
    /// <param name="difference">The largest difference.</param>
    /// <param name="entry">Which part of it, for the message.</param>
    public static void Record(Quantity quantity, double difference, string entry = "")
    {
        Methods[$"{TestContext.Current.TestClass!.TestClassName}.{TestContext.Current.TestMethod!.MethodName}"] = true;
        Seen.AddOrUpdate(
            $"{quantity.File} {quantity.Name}",
            (quantity, difference),
            (_, known) => known.Quantity == quantity
                ? (quantity, Math.Max(known.Difference, difference))
                : throw new InvalidOperationException($"{quantity} is also recorded as {known.Quantity}."));
        Assert.True(
            difference <= quantity.Tolerance,
            FormattableString.Invariant($"{quantity.File}, {quantity.Name} {entry}: difference {difference:0.00e+0}, tolerance {quantity.Tolerance:0.0e+0}"));
    }

    /// <summary>Writes the table between its marks.</summary>
    public static void Write()
    {
        var text = File.ReadAllText(Path);
        var (start, end) = (text.IndexOf(Start, StringComparison.Ordinal), text.IndexOf(End, StringComparison.Ordinal));
        string[] lines =
        [
            Start,
            "| Golden file | Quantity | Difference is | Largest seen | Tolerance |",
            "|---|---|---|---|---|",
            .. Seen.Values.OrderBy(seen => Key(seen.Quantity), StringComparer.Ordinal).Select(seen => Row(seen.Quantity, seen.Difference)),
            "",
        ];
        AtomicFile.WriteText(Path, text[..start] + string.Join('\n', lines) + text[end..]);
        AtomicFile.WriteText(ParitySummary.Readme, ParitySummary.Into(File.ReadAllText(ParitySummary.Readme), AllRows()));
    }

    private static string Row(Quantity quantity, double difference) =>
        $"| {quantity.File} | {quantity.Name} | {Words(quantity.Measure)} | {RoundedUp(difference)} | {Number(quantity.Tolerance)} |";

    private static string Key(Quantity quantity) =>
        $"{quantity.File} | {quantity.Name} | {Words(quantity.Measure)} | {Number(quantity.Tolerance)}";

    private static string Words(Measure measure) => measure switch
    {
        Measure.Exact => "none: equal",
        Measure.Absolute => "absolute",
        Measure.Relative => "relative to the largest entry",
        _ => "relative to each entry",
    };

    /// <summary>The rows of all test programs' tables.</summary>
    public static IEnumerable<string> AllRows() => File.ReadAllText(Path).Split(AnyStart).Skip(1).SelectMany(part => Rows(part));

    private static IEnumerable<string> Rows() => Rows(File.ReadAllText(Path).Split(Start)[1]);

    private static IEnumerable<string> Rows(string fromStart)
    {
        const int headLines = 2;
        return fromStart[fromStart.IndexOf('|', StringComparison.Ordinal)..fromStart.IndexOf(AnyEnd, StringComparison.Ordinal)]
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(headLines);
    }

    private static string Key(string row)
    {
        var cells = row.Trim('|').Split('|', StringSplitOptions.TrimEntries);
        return string.Join(" | ", cells[..3].Append(cells[^1]));
    }

    private static string Number(double value) => value.ToString(value == 0 ? "0" : "0.#e+0", CultureInfo.InvariantCulture);

    // To one significant digit, so that the table stays the same on machines that round a little differently.
    private static string RoundedUp(double value)
    {
        if (value == 0)
        {
            return "0";
        }

        var unit = Math.Pow(10, Math.Floor(Math.Log10(value)));
        return (Math.Ceiling(value / unit) * unit).ToString("0e+0", CultureInfo.InvariantCulture);
    }
}

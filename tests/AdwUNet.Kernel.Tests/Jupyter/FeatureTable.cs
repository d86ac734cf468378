using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AdwUNet.Tests.Jupyter;

namespace AdwUNet.Kernel.Tests.Jupyter;

/// <summary>
/// The table in the kernel's README that says which features .NET Interactive and <c>adw</c> have. Its rows come from
/// <c>tests/cases/kernel/features.json</c>, its columns from both engines, which run the same cells.
/// </summary>
internal static partial class FeatureTable
{
    /// <summary>The environment variable that makes the test write the table in place of comparing with it.</summary>
    public const string WriteVariable = "ADWUNET_WRITE_FEATURES";

    private const string Start = "<!-- features of ";
    private const string StartEnd = " -->";
    private const string End = "<!-- /features -->";
    private const string Yes = "yes";
    private const string No = "no";
    private const int LongestFault = 300;

    private static readonly JsonNode Features = JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, "tests", "cases", "kernel", "features.json")))!;
    private static readonly string Readme = Path.Combine(Repository.Root, "src", "AdwUNet.Kernel", "README.md");

    /// <summary>A hash of the cells that the table is about.</summary>
    public static string Cells { get; } = HashOfCells();

    /// <summary>The hash of the cells with which the README's table was written.</summary>
    public static string CellsOfReadme => Between(File.ReadAllText(Readme), Start, StartEnd);

    /// <summary>Which features an engine has, in the order of the file.</summary>
    /// <param name="spec">How the engine is started.</param>
    /// <param name="session">Runs a session of the cases in the engine.</param>
    /// <param name="faults">Gets what differs, for the reader of a failing test.</param>
    public static IReadOnlyList<(string Feature, bool IsThere)> Ask(KernelSpec spec, Func<string, IReadOnlyList<string>> session, ICollection<string> faults)
    {
        var found = new List<(string, bool)>();
        foreach (var group in Features["groups"]!.AsArray())
            found.AddRange(AskGroup(spec, [.. group!["features"]!.AsArray().Select(each => each!.AsObject())], faults));
        foreach (var row in Features["sessions"]!.AsArray())
        {
            var differences = session((string)row!["session"]!);
            Note(faults, (string)row["feature"]!, differences);
            found.Add(((string)row["feature"]!, differences.Count == 0));
        }

        return found;
    }

    /// <summary>The rows of the README: the features, with what it says of .NET Interactive and of <c>adw</c>.</summary>
    public static IReadOnlyList<(string Feature, bool Theirs, bool Ours)> Read()
    {
        const int headLines = 3;
        return
        [
            .. Between(File.ReadAllText(Readme), Start, End)
                .Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(headLines)
                .Select(row => row.Trim('|').Split('|', StringSplitOptions.TrimEntries))
                .Select(cells => (cells[0], cells[1] == Yes, cells[2] == Yes)),
        ];
    }

    /// <summary>Writes the table between its marks.</summary>
    public static void Write(string version, IReadOnlyList<(string Feature, bool IsThere)> theirs, IReadOnlyList<(string Feature, bool IsThere)> ours)
    {
        var text = File.ReadAllText(Readme);
        var rows = theirs.Zip(ours, (their, our) => $"| {our.Feature} | {Word(their.IsThere)} | {Word(our.IsThere)} |");
        var table = string.Join('\n', (string[])[Start + Cells + StartEnd, $"| Feature | .NET Interactive {version} | adw |", "|---|---|---|", .. rows, ""]);
        var (start, end) = (text.IndexOf(Start, StringComparison.Ordinal), text.IndexOf(End, StringComparison.Ordinal));
        File.WriteAllText(Readme, text[..start] + table + text[end..]);

        static string Word(bool isThere) => isThere ? Yes : No;
    }

    private static string Between(string text, string start, string end)
    {
        var from = text.IndexOf(start, StringComparison.Ordinal) + start.Length;
        return text[from..text.IndexOf(end, from, StringComparison.Ordinal)];
    }

    private static string HashOfCells()
    {
        var sessions = KernelCaseResults.Load();
        var cells = Features["sessions"]!.AsArray().Select(row => sessions[(string)row!["session"]!].Json.ToJsonString()).Prepend(Features.ToJsonString());
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', cells))))[..16];
    }

    /// <summary>Runs the features of a group in one kernel; where that ends, the rest of them in the next one.</summary>
    private static List<(string, bool)> AskGroup(KernelSpec spec, List<JsonObject> features, ICollection<string> faults)
    {
        var found = new List<(string, bool)>();
        while (found.Count < features.Count)
        {
            var steps = features.Skip(found.Count)
                .SelectMany((feature, index) => feature["steps"]!.AsArray().Select(step => (Feature: index + found.Count, Step: step!.DeepClone()))).ToList();
            var differences = new KernelCase(new JsonObject { ["name"] = "", ["steps"] = new JsonArray([.. steps.Select(each => each.Step)]) }).Run(spec);
            var failed = differences.ToLookup(each => steps[int.Parse(StepNumber().Match(each).Groups[1].ValueSpan, CultureInfo.InvariantCulture) - 1].Feature);
            var hasEnded = differences.Any(each => each.Contains(": the kernel has ended.", StringComparison.Ordinal));
            var last = hasEnded ? failed.Max(each => each.Key) : features.Count - 1;
            for (var index = found.Count; index <= last; index++)
            {
                Note(faults, (string)features[index]["feature"]!, failed[index]);
                found.Add(((string)features[index]["feature"]!, !failed[index].Any()));
            }
        }

        return found;
    }

    private static void Note(ICollection<string> faults, string feature, IEnumerable<string> differences)
    {
        foreach (var difference in differences)
            faults.Add($"{feature}: {difference[..Math.Min(LongestFault, difference.Length)].ReplaceLineEndings(" ")}");
    }

    [GeneratedRegex(@"^step (\d+)")]
    private static partial Regex StepNumber();
}

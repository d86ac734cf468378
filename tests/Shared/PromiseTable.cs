using System.Reflection;
using System.Text;

namespace AdwUNet.Tests;

/// <summary>
/// <c>tests/PROMISES.md</c>: every promise beside the test that holds it and the figure of the last run that wrote it. Set <see cref="WriteVariable"/>
/// to 1 and run all tests to write it anew.
/// </summary>
internal static class PromiseTable
{
    /// <summary>The environment variable that makes a run write its figures.</summary>
    public const string WriteVariable = "ADWUNET_WRITE_PROMISES";

    private const string Start = "<!-- promises -->";
    private const string End = "<!-- /promises -->";
    private const int HeadLines = 3;
    private const string NoFigure = "not run yet";

    private static readonly string Path = System.IO.Path.Combine(Repository.Root, "tests", "PROMISES.md");

    /// <summary>Whether this run writes the table.</summary>
    public static bool IsWriting { get; } = Environment.GetEnvironmentVariable(WriteVariable) == "1";

    /// <summary>The rows of this assembly's tests, without their figures, in order: what its methods say.</summary>
    public static IReadOnlyList<string> Promised =>
    [
        .. typeof(PromiseTable).Assembly.GetTypes().SelectMany(type => type.GetMethods())
            .Where(method => method.GetCustomAttribute<PromiseAttribute>() is not null)
            .Select(method => Row(NameOf(method), method.GetCustomAttribute<PromiseAttribute>()!.Text))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>The same: what the file says.</summary>
    public static IReadOnlyList<string> Written => [.. Rows(File.ReadAllText(Path)).Where(IsOfThisAssembly).Select(WithoutFigure).Order(StringComparer.Ordinal)];

    private static string Assembly => typeof(PromiseTable).Assembly.GetName().Name!;

    /// <summary>Tells the figure of the running test: what was tried, and how often.</summary>
    /// <param name="figure">Such as <c>200 kills survived</c>.</param>
    public static void Kept(string figure)
    {
        TestContext.Current.TestOutputHelper?.WriteLine(figure);
        if (IsWriting)
        {
            var test = $"{TestContext.Current.TestClass!.TestClassName}.{TestContext.Current.TestMethod!.MethodName}";
            Change(rows => Merge(rows).Select(row => Cells(row).Test == test ? $"{WithoutFigure(row)} {figure} |" : row));
        }
    }

    /// <summary>Adds new promises of this assembly and removes old ones; figures stay.</summary>
    public static void WritePromises() => Change(Merge);

    private static IEnumerable<string> Merge(IReadOnlyList<string> rows)
    {
        var figures = rows.ToDictionary(WithoutFigure, row => Cells(row).Figure, StringComparer.Ordinal);
        return
        [
            .. rows.Where(row => !IsOfThisAssembly(row)),
            .. Promised.Select(row => $"{row} {figures.GetValueOrDefault(row, NoFigure)} |"),
        ];
    }

    /// <summary>Several test programs write at once, each its own rows.</summary>
    private static void Change(Func<IReadOnlyList<string>, IEnumerable<string>> change)
    {
        using var file = OpenAlone();
        using var reader = new StreamReader(file);
        var text = reader.ReadToEnd();
        var rows = change([.. Rows(text)]).OrderBy(row => Cells(row).Test, StringComparer.Ordinal);
        var head = Table(text).Split('\n').Skip(1).Take(HeadLines - 1);
        var changed = string.Join('\n', [text[..text.IndexOf(Start, StringComparison.Ordinal)] + Start, .. head, .. rows, text[text.IndexOf(End, StringComparison.Ordinal)..]]);
        file.SetLength(0);
        file.Write(Encoding.UTF8.GetBytes(changed));
    }

    private static FileStream OpenAlone()
    {
        const int attempts = 100;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return new FileStream(Path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (attempt < attempts)
            {
                Thread.Sleep(attempts);
            }
        }
    }

    private static string Table(string text) => text[text.IndexOf(Start, StringComparison.Ordinal)..text.IndexOf(End, StringComparison.Ordinal)];

    private static IEnumerable<string> Rows(string text) => Table(text).Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(HeadLines);

    private static string Row(string test, string promise) => $"| {promise} | `{test}` |";

    private static string WithoutFigure(string row) => Cells(row) is var (promise, test, _) ? Row(test, promise) : row;

    private static (string Promise, string Test, string Figure) Cells(string row)
    {
        var cells = row.Trim('|').Split('|', StringSplitOptions.TrimEntries);
        return (cells[0], cells[1].Trim('`'), cells[2]);
    }

    private static bool IsOfThisAssembly(string row) => Cells(row).Test.StartsWith(Assembly + ".", StringComparison.Ordinal);

    private static string NameOf(MethodInfo method) => $"{method.DeclaringType!.FullName}.{method.Name}";
}

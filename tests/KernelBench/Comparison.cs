using System.Globalization;
using AdwUNet.Tests;
using AdwUNet.Tests.Jupyter;

namespace AdwUNet.KernelBench;

/// <summary>Both engines, measured in turn, so that what else the machine does meets both.</summary>
internal static class Comparison
{
    private const string Start = "<!-- engines -->";
    private const string End = "<!-- /engines -->";

    /// <summary>Measures our kernel and, where the tool is installed, .NET Interactive, and prints a table.</summary>
    /// <param name="ours">Our kernel.</param>
    /// <param name="starts">How many starts of each are measured.</param>
    /// <param name="isWritten">Whether the table goes into the kernel's README.</param>
    /// <exception cref="InvalidOperationException">The table of both is to be written, and .NET Interactive is not installed.</exception>
    public static void Measure(KernelSpec ours, int starts, bool isWritten)
    {
        var engines = new List<Engine> { new("adw", ours) };
        if (DotNetInteractive.Spec is { } theirs)
            engines.Add(new Engine($".NET Interactive {DotNetInteractive.Version}", theirs));
        else if (isWritten)
            throw new InvalidOperationException(DotNetInteractive.Missing);
        else
            Console.WriteLine(DotNetInteractive.Missing);
        for (var start = 0; start <= starts; start++)
        {
            foreach (var engine in engines)
                engine.Measure(isCounted: start > 0);
        }

        string[] lines =
        [
            Row($"Median of {starts} starts, {Environment.ProcessorCount} processors, {DateTime.UtcNow.ToString("d MMMM yyyy", CultureInfo.InvariantCulture)}", each => each.Name),
            Row("---", _ => "---"),
            Row("from the start to the result of `1+1`", each => each.First),
            Row("resident memory then", each => each.Memory),
            Row("a further `2+2`", each => each.Second),
            Row("interrupt of an endless loop, to its reply", each => each.Interrupt),
        ];
        Console.WriteLine(string.Join('\n', lines));
        if (isWritten) Write(lines);

        string Row(string name, Func<Engine, string> value) => $"| {name} | {string.Join(" | ", engines.Select(value))} |";
    }

    private static void Write(string[] lines)
    {
        var path = Path.Combine(Repository.Root, "src", "AdwUNet.Kernel", "README.md");
        var text = File.ReadAllText(path);
        var (start, end) = (text.IndexOf(Start, StringComparison.Ordinal), text.IndexOf(End, StringComparison.Ordinal));
        File.WriteAllText(path, text[..start] + Start + "\n" + string.Join('\n', lines) + "\n" + text[end..]);
    }
}

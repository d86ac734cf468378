using System.Diagnostics;
using AdwUNet.Datasets;

namespace AdwUNet.Benchmarks.Measuring;

/// <summary>Fresh processes: this program with other arguments, or another program.</summary>
internal static class Child
{
    /// <summary>Runs this program anew.</summary>
    /// <returns>The last line that it wrote, or why there is none.</returns>
    public static string Run(params IReadOnlyList<string> arguments) =>
        Run("dotnet", [typeof(Child).Assembly.Location, .. arguments]) is { Code: 0 } done
            ? done.Output.TrimEnd().Split('\n')[^1]
            : throw new InvalidOperationException($"The measurement '{string.Join(' ', arguments)}' failed in its process; run it alone to see why.");

    /// <summary>Runs a program to its end; its errors go where this program's go.</summary>
    public static (int Code, string Output) Run(string program, IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true };
        try
        {
            using var process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return (-1, "");
        }
    }
}

using System.Diagnostics;
using AdwUNet.Tests.Jupyter;

namespace AdwUNet.Kernel.Tests.Jupyter;

/// <summary>One run of <c>kernel_test.py</c>, in which Jupyter's own client drives the installed kernel.</summary>
public sealed class KernelTestRun
{
    private const string Module = "jupyter_kernel_test";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly string[] _lines = [];

    public KernelTestRun(InstalledKernel kernel)
    {
        if (Python.With(Module) is not { } python)
        {
            Missing = $"The Python package {Module} is not here (Debian has it as python3-jupyter-kernel-test).";
            return;
        }

        var start = new ProcessStartInfo(python, ["-B", Path.Combine(AppContext.BaseDirectory, "Jupyter", "kernel_test.py"), "-v"])
        {
            RedirectStandardError = true,
            WorkingDirectory = kernel.Prefix,
        };
        start.Environment["JUPYTER_PATH"] = kernel.DataFolder;
        using var process = Process.Start(start)!;
        var report = process.StandardError.ReadToEndAsync();
        var hasEnded = process.WaitForExit(Patience);
        if (!hasEnded)
            process.Kill(entireProcessTree: true);
        // A kernel that outlives it would keep the stream open.
        if (!report.Wait(KernelClient.Patience))
            throw new TimeoutException("kernel_test.py left a process that does not end.");
        if (!hasEnded)
            throw new TimeoutException($"kernel_test.py did not end within {Patience.TotalMinutes} minutes: {report.Result}");
        Report = report.Result;
        _lines = Report.Split('\n');
    }

    /// <summary>Why nothing was run, or null.</summary>
    public string? Missing { get; }

    /// <summary>All that unittest wrote.</summary>
    public string Report { get; } = "";

    /// <summary>The groups that were run.</summary>
    public IEnumerable<string> Groups =>
        _lines.Where(line => line.StartsWith("test_", StringComparison.Ordinal)).Select(line => line.Split(' ')[0]).Distinct();

    /// <summary>What unittest wrote of a group's failures, and of groups that did not run.</summary>
    public string FailuresOf(string group)
    {
        var sections = Report.Split(new string('=', 70)).Skip(1)
            .Where(section => section.TrimStart().StartsWith($"FAIL: {group} ", StringComparison.Ordinal)
                || section.TrimStart().StartsWith($"ERROR: {group} ", StringComparison.Ordinal)
                || section.Contains("setUpClass", StringComparison.Ordinal));
        var skipped = _lines.Where(line => line.StartsWith(group + " ", StringComparison.Ordinal) && line.Contains("skipped", StringComparison.Ordinal));
        return string.Concat(sections.Concat(skipped));
    }
}

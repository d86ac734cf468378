using System.Diagnostics;
using System.Globalization;
using AdwUNet.Experiments;
using AdwUNet.Tests.Jupyter;

namespace AdwUNet.Interactive.Tests.FrontEnd;

/// <summary>Jupyter's <c>nbconvert</c>, with none of the user's settings and kernels.</summary>
/// <param name="python">An interpreter that has it.</param>
/// <param name="home">A folder for what Jupyter writes.</param>
internal sealed class Nbconvert(string python, string home)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <summary>The Python that has it, or null.</summary>
    public static string? Interpreter { get; } = Python.With("nbconvert", "ipykernel");

    /// <summary>Why a test that needs it is skipped.</summary>
    public static string Missing => "nbconvert is not installed (Debian has it as jupyter-nbconvert).";

    /// <summary>Executes a notebook.</summary>
    /// <param name="notebook">Its path; it runs in its folder.</param>
    /// <param name="kernels">The value of <c>JUPYTER_PATH</c>: where the kernel is found.</param>
    /// <returns>The path of the executed notebook, and the processor time that it took with its kernel.</returns>
    public async Task<(string Path, TimeSpan ProcessorTime)> ExecuteAsync(string notebook, string kernels)
    {
        var time = await RunAsync(kernels, ["--to", "notebook", "--execute", "--ExecutePreprocessor.timeout=-1", "--output-dir", Out(notebook), notebook]);
        return (Path.Combine(Out(notebook), Path.GetFileName(notebook)), time);
    }

    /// <summary>Makes a page of an executed notebook.</summary>
    /// <returns>The path of the page, which is beside the notebook.</returns>
    public async Task<string> ToPageAsync(string notebook)
    {
        await RunAsync("", ["--to", "html", notebook]);
        return Path.ChangeExtension(notebook, ".html");
    }

    private static string Out(string notebook) => Path.Combine(Path.GetDirectoryName(notebook)!, "out");

    private async Task<TimeSpan> RunAsync(string kernels, string[] arguments)
    {
        // The shell counts the processor time of the kernel too.
        var start = new ProcessStartInfo("bash", ["-c", "TIMEFORMAT='%U %S'; time \"$@\"", "bash", python, "-m", "nbconvert", .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["LC_ALL"] = "C.UTF-8";
        start.Environment["JUPYTER_PATH"] = kernels;
        foreach (var variable in new[] { "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR" })
        {
            start.Environment[variable] = home;
        }

        // Small networks gain nothing from threads, and threads that wait for each other slow down a busy machine many times over.
        start.Environment["OMP_NUM_THREADS"] = "1";
        start.Environment.Remove(Experiment.DataVariable);
        using var process = Process.Start(start)!;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(patience.Token);
            var errors = await process.StandardError.ReadToEndAsync(patience.Token);
            await process.WaitForExitAsync(patience.Token);
            Assert.True(process.ExitCode == 0, $"nbconvert {string.Join(' ', arguments)} ended with {process.ExitCode}: {errors}{await output}");
            var seconds = errors.TrimEnd().Split('\n')[^1].Split(' ').Sum(part => double.Parse(part, CultureInfo.InvariantCulture));
            return TimeSpan.FromSeconds(seconds);
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }
}

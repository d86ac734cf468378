using System.Diagnostics;
using System.Text.Json;
using AdwUNet.Experiments;
using AdwUNet.Interactive.Tests.Notebooks;
using AdwUNet.Tests.Jupyter;

namespace AdwUNet.Interactive.Tests.FrontEnd;

/// <summary>Every notebook as Jupyter's own <c>nbconvert --execute</c> runs it, on the phantom in the quick profile.</summary>
public sealed class NbconvertTests(NotebookBench bench, InstalledKernel kernel) : IClassFixture<NotebookBench>, IClassFixture<InstalledKernel>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(20);

    /// <summary>Takes minutes, so it is run where it is asked for: <c>-explicit only</c>.</summary>
    [Fact(Explicit = true)]
    public async Task Every_notebook_runs()
    {
        var python = Python.With("nbconvert", "ipykernel");
        Assert.SkipWhen(python is null, "nbconvert is not here (Debian has it as jupyter-nbconvert).");
        var notebooks = Directory.GetFiles(Path.Combine(bench.Root, "notebooks"), "*.ipynb").Order(StringComparer.Ordinal).ToList();
        Assert.NotEmpty(notebooks);
        foreach (var notebook in notebooks)
        {
            var clock = Stopwatch.StartNew();
            await Execute(python!, notebook);
            TestContext.Current.SendDiagnosticMessage($"{Path.GetFileName(notebook)}: {clock.Elapsed.TotalSeconds:0} s");
            Check(Path.Combine(bench.Root, "out", Path.GetFileName(notebook)));
        }
    }

    private async Task Execute(string python, string notebook)
    {
        var start = new ProcessStartInfo(python,
        [
            "-m", "nbconvert", "--to", "notebook", "--execute", "--ExecutePreprocessor.timeout=-1",
            "--output-dir", Path.Combine(bench.Root, "out"), notebook,
        ])
        {
            RedirectStandardError = true,
            WorkingDirectory = bench.Root,
        };
        start.Environment["JUPYTER_PATH"] = kernel.DataFolder;
        start.Environment.Remove(Experiment.DataVariable);
        using var process = Process.Start(start)!;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            var errors = await process.StandardError.ReadToEndAsync(patience.Token);
            await process.WaitForExitAsync(patience.Token);
            Assert.True(process.ExitCode == 0, errors);
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }

    private static void Check(string notebook)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(notebook));
        var cells = json.RootElement.GetProperty("cells").EnumerateArray().Where(cell => cell.GetProperty("cell_type").GetString() == "code").ToList();
        Assert.All(cells, cell => Assert.Equal(JsonValueKind.Number, cell.GetProperty("execution_count").ValueKind));
        var outputs = cells.SelectMany(cell => cell.GetProperty("outputs").EnumerateArray()).ToList();
        Assert.NotEmpty(outputs);
        foreach (var output in outputs)
        {
            Assert.NotEqual("error", output.GetProperty("output_type").GetString());
            Assert.False(output.TryGetProperty("name", out var stream) && stream.GetString() == "stderr", output.ToString());
            if (!output.TryGetProperty("data", out var data)) continue;
            Assert.True(data.TryGetProperty("text/plain", out _), "an output has no plain text");
            // Bars are as full as they became.
            var html = data.TryGetProperty("text/html", out var lines) ? string.Concat(lines.EnumerateArray().Select(line => line.GetString())) : "";
            if (html.Contains("<progress", StringComparison.Ordinal)) Assert.Contains(", took ", html, StringComparison.Ordinal);
        }
    }
}

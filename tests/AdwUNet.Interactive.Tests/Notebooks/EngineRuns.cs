using System.Collections.Concurrent;
using System.Diagnostics;
using AdwUNet.Interactive.Tests.FrontEnd;
using AdwUNet.Tests.Jupyter;

namespace AdwUNet.Interactive.Tests.Notebooks;

/// <summary>
/// The notebooks and the solutions of their exercises, as Jupyter's <c>nbconvert --execute</c> runs them in both engines, in the profile <c>check</c>.
/// Each run has a folder of its own without data or runs, so that no notebook needs another. Both engines run a notebook at the same time.
/// </summary>
public sealed class EngineRuns : IDisposable
{
    private static readonly Dictionary<string, string> Parameters = new() { ["profile"] = "check", ["size"] = "check" };

    private readonly ConcurrentBag<NotebookBench> _benches = [];
    private readonly ConcurrentDictionary<string, (Task<EngineRun> Adw, Task<EngineRun>? Interactive)> _runs = [];
    private readonly Lazy<InstalledKernel> _adw = new(() => new());
    private readonly Lazy<DotNetInteractive> _interactive = new(() => new());
    private readonly string _home = Directory.CreateTempSubdirectory("adwunet-jupyter-").FullName;

    /// <summary>A notebook in <c>adw</c>.</summary>
    internal Task<EngineRun> InAdw(string notebook) => Runs(notebook).Adw;

    /// <summary>A notebook in .NET Interactive, whose tool is installed.</summary>
    internal Task<EngineRun> InDotNetInteractive(string notebook) => Runs(notebook).Interactive!;

    /// <summary>Jupyter's command.</summary>
    internal Nbconvert Nbconvert => new(FrontEnd.Nbconvert.Interpreter!, _home);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var bench in _benches) bench.Dispose();
        if (_adw.IsValueCreated) _adw.Value.Dispose();
        if (_interactive.IsValueCreated) _interactive.Value.Dispose();
        Directory.Delete(_home, recursive: true);
    }

    private (Task<EngineRun> Adw, Task<EngineRun>? Interactive) Runs(string notebook) => _runs.GetOrAdd(notebook, _ => (
        RunAsync(notebook, _adw.Value.DataFolder),
        DotNetInteractive.Program is null ? null : RunAsync(notebook, _interactive.Value.DataFolder)));

    private async Task<EngineRun> RunAsync(string notebook, string kernels)
    {
        var bench = new NotebookBench(notebook);
        _benches.Add(bench);
        var path = Path.Combine(bench.Root, "notebooks", notebook);
        var source = new NotebookJson(path);
        source.SetParameters(Parameters);
        source.AppendSolutions();
        source.Save();
        var clock = Stopwatch.StartNew();
        var (executed, processorTime) = await Nbconvert.ExecuteAsync(path, kernels);
        return new EngineRun(executed, clock.Elapsed, processorTime);
    }
}

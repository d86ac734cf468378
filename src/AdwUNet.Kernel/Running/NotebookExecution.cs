using System.Diagnostics;
using AdwUNet.Kernel.Execution;
using AdwUNet.Kernel.Jupyter;
using AdwUNet.Kernel.Notebooks;

namespace AdwUNet.Kernel.Running;

/// <summary>Runs the cells of one notebook and keeps the executed file up to date.</summary>
/// <param name="notebook">The notebook.</param>
/// <param name="parameters">The values of its parameters, as <see cref="RunVariables.TextOf"/> writes them.</param>
/// <param name="target">The executed file; null if outputs are neither kept nor shown.</param>
/// <param name="cells">The runner of the cells.</param>
/// <param name="progress">The report of the progress.</param>
/// <param name="grace">The grace period of a cell that is asked to stop.</param>
internal sealed class NotebookExecution(
    Notebook notebook, string parameters, string? target, ICellRunner cells, ProgressReport progress, TimeSpan grace)
{
    private const string SkipTag = "skip-execution";
    private const string RaisesTag = "raises-exception";

    /// <summary>How often the outputs of a running cell are saved. Slow saves are less frequent.</summary>
    private static readonly TimeSpan SaveInterval = TimeSpan.FromSeconds(5);

    private readonly NotebookOutputs _outputs = new();
    private readonly List<NotebookCell> _code = [.. notebook.Cells.Where(cell => cell.IsCode && !string.IsNullOrWhiteSpace(cell.Source))];
    private int _begun;
    private int _executed;

    /// <summary>Names the cells that were not started; null where all were.</summary>
    public string? NotRun => (_code.Count - _begun) switch
    {
        0 => null,
        1 => $"cell {_code.Count} of {notebook.Path}",
        _ => $"cells {_begun + 1} to {_code.Count} of {notebook.Path}",
    };

    /// <summary>Runs the cells. The first error that no tag allows ends the notebook.</summary>
    /// <returns>The command's exit code.</returns>
    /// <exception cref="IOException">The executed file cannot be written.</exception>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        await cells.OpenAsync(Path.GetFullPath(notebook.Path), parameters).ConfigureAwait(false);
        foreach (var cell in notebook.Cells.Where(cell => cell.IsCode && !cell.HasTag(SkipTag)))
            cell.ClearOutputs();
        foreach (var cell in _code)
        {
            _begun++;
            using var step = progress.Begin(Path.GetFileName(notebook.Path), _begun, _code.Count, cell.Summary);
            if (cell.HasTag(SkipTag))
            {
                step.End(CellMark.Skipped, TimeSpan.Zero);
                continue;
            }

            if (await RunAsync(cell, step, cancellationToken).ConfigureAwait(false) is not 0 and var code)
                return code;
        }

        Save();
        await CloseAsync().ConfigureAwait(false);
        return 0;
    }

    private async Task<int> RunAsync(NotebookCell cell, ProgressReport.Step step, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        var output = new EchoedOutput(target is null ? new SilentOutput() : _outputs.For(cell), progress, TimeProvider.System);
        cell.ExecutionCount = ++_executed;
        var running = cells.ExecuteAsync(cell.Source, cell.Language, output, cancellationToken);
        var saving = SaveWhileAsync(running);
        var hasEnded = await EndsInTimeAsync(running, cancellationToken).ConfigureAwait(false);
        if (hasEnded)
            await saving.ConfigureAwait(false);
        Save();
        output.End();

        var outcome = hasEnded ? await running.ConfigureAwait(false) : null;
        var hasFailed = outcome?.Status == CellStatus.Failed;
        var isAllowed = hasFailed && cell.HasTag(RaisesTag) && !cells.HasEnded;
        var isStopped = cancellationToken.IsCancellationRequested || outcome is null or { Status: CellStatus.Cancelled };
        step.End(
            isStopped ? CellMark.Stopped : isAllowed ? CellMark.Raised : hasFailed ? CellMark.Failed : CellMark.Succeeded, clock.Elapsed);
        var place = $"cell {_begun} of {_code.Count}";
        if (isStopped)
        {
            var isInOrder = hasEnded && !cells.HasEnded;
            var how = isInOrder ? "stopped" : "ended at once";
            progress.Error($"{notebook.Path} was {how} in {place}{(target is null ? "" : $"; its outputs so far are in {target}")}.");
            if (isInOrder)
                await CloseAsync().ConfigureAwait(false);
            return isInOrder ? RunCommand.Interrupted : SecondInterrupt.EndedAtOnce;
        }

        if (!hasFailed || isAllowed)
            return 0;
        progress.Error($"{notebook.Path}, {place}: {outcome!.Error!.Message}");
        if (!cells.HasEnded)
            await CloseAsync().ConfigureAwait(false);
        return RunCommand.Failure;
    }

    private async Task CloseAsync()
    {
        if (await cells.CloseAsync().ConfigureAwait(false) is { } warning)
            progress.Warning(warning);
    }

    private void Save()
    {
        if (target is not null)
            _outputs.Save(notebook, target);
    }

    /// <summary>Saves the outputs of a running cell at intervals, so that they survive when this process is killed.</summary>
    private async Task SaveWhileAsync(Task running)
    {
        var interval = SaveInterval;
        while (await Task.WhenAny(running, Task.Delay(interval)).ConfigureAwait(false) != running)
        {
            var clock = Stopwatch.StartNew();
            try
            {
                if (target is not null)
                    _outputs.SaveIfChanged(notebook, target);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // The save at the cell's end decides: by then there may be room again.
                progress.Warning($"The outputs so far cannot be saved: {exception.Message}");
            }

            // Saving takes at most a twentieth of the time.
            interval = TimeSpan.FromTicks(Math.Max(SaveInterval.Ticks, clock.Elapsed.Ticks * 20));
        }
    }

    /// <summary>Waits for the cell; after a request to stop, only for the grace period.</summary>
    private async Task<bool> EndsInTimeAsync(Task running, CancellationToken cancellationToken)
    {
        await Task.WhenAny(running, Task.Delay(Timeout.Infinite, cancellationToken)).ConfigureAwait(false);
        if (running.IsCompleted)
            return true;
        progress.Warning($"Stopping: the cell may finish its step, for at most {grace.TotalSeconds:0} s; Ctrl-C again ends at once.");
        var clock = Stopwatch.StartNew();
        await Task.WhenAny(running, Task.Delay(grace, CancellationToken.None)).ConfigureAwait(false);
        // The session aborts the cell at the end of the same period, which is not an orderly end either.
        return running.IsCompleted && clock.Elapsed < grace;
    }
}

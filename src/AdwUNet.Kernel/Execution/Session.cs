using AdwUNet.Kernel.CellApi;
using AdwUNet.Kernel.References;

namespace AdwUNet.Kernel.Execution;

/// <summary>
/// A running C# notebook: it executes cells one after the other and keeps what they define. It is independent of
/// files and protocols; outputs go to the <see cref="ICellOutput"/> of each call.
/// </summary>
internal sealed class Session : IDisposable
{
    private readonly CellThread _thread = new();
    private readonly CellKernel _kernel;
    private readonly CellParts _parts;
    private readonly Lock _lock = new();
    private RunningCell? _running;
    private TaskCompletionSource? _ended;
    private volatile object? _disposing;

    /// <summary>Starts a session.</summary>
    /// <param name="folder">The folder where relative paths of <c>#r</c>, <c>#load</c> and <c>#!import</c> begin.</param>
    public Session(string folder)
    {
        Folder = Path.GetFullPath(folder);
        var loader = new NotebookLoadContext();
        References = new ReferenceSet(loader);
        Chain = new SubmissionChain(loader, References, Folder);
        _kernel = new CellKernel(code => _parts!.SubmitAsync(code));
        _parts = new CellParts(Folder, Chain, References, new PackageExtensions(loader, _kernel), _thread);
        ConsoleCapture.Install();
        CellDisplays.Install();
    }

    /// <summary>The folder where relative paths begin.</summary>
    public string Folder { get; }

    /// <summary>What the cells may refer to.</summary>
    public ReferenceSet References { get; }

    /// <summary>The cells so far, as the compiler sees them.</summary>
    public SubmissionChain Chain { get; }

    /// <summary>How many cells were executed so far.</summary>
    public int ExecutionCount { get; private set; }

    /// <summary>The grace period: how long a cell that uses its token may continue after it is asked to stop.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Executes one cell. An error of the cell is an output and an outcome, not an exception of this method. Cells are
    /// executed one at a time: the caller awaits each cell before the next one.
    /// </summary>
    /// <param name="code">The cell's text.</param>
    /// <param name="output">The receiver of its outputs.</param>
    /// <param name="language">The language of the text up to a line such as <c>#!html</c>.</param>
    /// <param name="input">The source of input; null for the process's own console.</param>
    /// <param name="isCounted">Whether it is one of the notebook's cells, and not an expression that the front end evaluates.</param>
    /// <param name="cancellationToken">Interrupts the cell, as <see cref="Interrupt"/> does.</param>
    public async Task<CellOutcome> ExecuteAsync(
        string code,
        ICellOutput output,
        CellLanguage language = CellLanguage.CSharp,
        ICellInput? input = null,
        bool isCounted = true,
        CancellationToken cancellationToken = default)
    {
        var count = isCounted ? ++ExecutionCount : ExecutionCount;
        using var stop = new CellStop(Grace);
        var cell = new RunningCell(new OrderedOutput(output, stop), input, stop, isCounted ? $"cell {count}" : "expression", count);
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
            (_running, _ended) = (cell, ended);
        CellError? error;
        using (cancellationToken.UnsafeRegister(_ => stop.Request(), null))
        {
            // Runs on the thread pool, so that the cell's context and its blocking do not affect the caller.
            error = await Task.Run(() => ExecuteGuardedAsync(code, language, cell), CancellationToken.None).ConfigureAwait(false);
        }

        lock (_lock)
            _running = null;
        ended.SetResult();
        if (error is not null)
            cell.Output.Error(error);
        cell.Output.End();
        if (error is null)
            return new CellOutcome(CellStatus.Succeeded, count, null);
        var status = stop.Asked.IsCancellationRequested ? CellStatus.Cancelled : CellStatus.Failed;
        return new CellOutcome(status, count, error);
    }

    /// <summary>Asks the running cell to stop; the second call stops it at once. See <see cref="CellStop"/>.</summary>
    /// <returns>How long the cell may continue; zero if none runs.</returns>
    public TimeSpan Interrupt()
    {
        lock (_lock)
            return _running?.Stop.Request() ?? TimeSpan.Zero;
    }

    /// <summary>Interrupts the running cell, if there is one, and waits for it, but no longer than the cell may continue.</summary>
    /// <returns>Whether no cell runs any more.</returns>
    public async Task<bool> EndAsync()
    {
        Task? running;
        lock (_lock)
            running = _running is null ? null : _ended!.Task;
        if (running is null)
            return true;
        var time = Interrupt() + CellContext.Patience;
        return await Task.WhenAny(running, Task.Delay(time)).ConfigureAwait(false) == running;
    }

    /// <summary>
    /// Disposes the values of the variables, the last declared first; otherwise networks and loaders of one notebook would keep memory
    /// and threads while the next one runs. No cell may be running.
    /// </summary>
    public void Dispose()
    {
        _thread.Dispose();
        foreach (var value in Chain.Values.OfType<IDisposable>().Append(_kernel.RootKernel).Distinct(ReferenceEqualityComparer.Instance).Cast<IDisposable>())
        {
            _disposing = value;
            try
            {
                value.Dispose();
            }
#pragma warning disable CA1031 // The notebook has ended with its result. The error is ignored, so that the other values are disposed too.
            catch (Exception)
#pragma warning restore CA1031
            {
            }
        }
    }

    /// <summary>Disposes the session, but waits only for a limited time, because the <c>Dispose</c> of a value may never return.</summary>
    /// <param name="limit">The longest time to wait.</param>
    /// <returns>Null, or one sentence that names the value that was not disposed in time.</returns>
    public async Task<string?> DisposeAsync(TimeSpan limit)
    {
        var disposed = Task.Run(Dispose);
        if (await Task.WhenAny(disposed, Task.Delay(limit)).ConfigureAwait(false) == disposed)
            return null;
        return $"The Dispose of a variable's value, of type {_disposing?.GetType().Name}, has not returned within "
            + $"{limit.TotalSeconds:0.#} s: this value and those of earlier variables may keep memory and threads.";
    }

    private async Task<CellError?> ExecuteGuardedAsync(string code, CellLanguage language, RunningCell cell)
    {
        try
        {
            // Callbacks that the cell registered for its end may fail, too.
            using var entered = cell.Enter();
            using var invocation = new CellInvocation(_kernel, code);
            await _parts.ExecuteAsync(code, language, cell.Name, cell).ConfigureAwait(false);
            return null;
        }
        catch (Exception exception) when (cell.Stop.Asked.IsCancellationRequested && exception.GetBaseException() is OperationCanceledException)
        {
            const string message = "The cell was stopped.";
            return new CellError("OperationCanceledException", message, [message]);
        }
#pragma warning disable CA1031 // Every exception of a cell is its result.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return _parts.ErrorOf(exception);
        }
    }
}

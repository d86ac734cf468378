using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace AdwUNet.Kernel.Execution;

/// <summary>
/// Runs the code of one cell so that it can be stopped, also after an <c>await</c>: every piece, from one await to the next, can be
/// aborted. A piece runs on the session's thread if that is free, and otherwise on the thread pool. It never waits for
/// another piece, so that a cell can block on its own tasks without a deadlock.
/// </summary>
internal sealed class CellContext(CellThread thread, CellStop stop) : SynchronizationContext
{
    /// <summary>How long to wait for a cell that cannot be aborted because it is in native code.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>How often a cell that is being aborted is woken from its waits.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly ConcurrentDictionary<ControlledPiece, bool> _running = new(ReferenceEqualityComparer.Instance);
    private volatile bool _hasEnded;

    /// <summary>Runs a cell's code to its end.</summary>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static async Task<T> RunAsync<T>(CellThread thread, CellStop stop, Func<Task<T>> code)
    {
        var context = new CellContext(thread, stop);
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        context.Post(
            _ => BeginAsync(code).ContinueWith(done.SetFromTask, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default),
            null);
        await Task.WhenAny(done.Task, stop.WhenAborted).ConfigureAwait(false);
        if (stop.WhenAborted.IsCompleted)
        {
            await context.LeaveAsync().ConfigureAwait(false);
            throw new OperationCanceledException(stop.Asked);
        }

        // Tasks that the cell left running no longer belong to it; they continue on other threads.
        context._hasEnded = true;
        return await done.Task.ConfigureAwait(false);
    }

    public override SynchronizationContext CreateCopy() => this;

    /// <summary>Starts the code, so that the task also carries exceptions from before its first await.</summary>
    private static async Task<T> BeginAsync<T>(Func<Task<T>> code) => await code().ConfigureAwait(true);

    public override void Post(SendOrPostCallback d, object? state)
    {
        // An aborted cell does not continue after the task that it awaited.
        if (!_hasEnded && stop.WhenAborted.IsCompleted)
            return;
        var flow = ExecutionContext.Capture();
        var piece = () =>
        {
            if (flow is null)
                Run(d, state);
            else
                ExecutionContext.Run(flow, _ => Run(d, state), null);
        };
        if (_hasEnded || !thread.TryRun(piece))
            ThreadPool.UnsafeQueueUserWorkItem(static piece => piece(), piece, preferLocal: false);
    }

    private void Run(SendOrPostCallback callback, object? state)
    {
        SetSynchronizationContext(this);
        try
        {
            if (_hasEnded)
                callback(state);
            else
                RunControlled(callback, state);
        }
        catch (Exception exception) when (stop.WhenAborted.IsCompleted && exception is OperationCanceledException or ThreadInterruptedException)
        {
            // The stop is already reported.
        }
#pragma warning disable CA1031 // It is rethrown in a place where it does not end the session's thread.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            // An exception of an `async void` method, which nothing awaits, is handled like one in a thread that the cell started.
            ThreadPool.UnsafeQueueUserWorkItem(static exception => ExceptionDispatchInfo.Throw(exception), exception, preferLocal: false);
        }
        finally
        {
            SetSynchronizationContext(null);
        }
    }

    private void RunControlled(SendOrPostCallback callback, object? state)
    {
        var piece = new ControlledPiece();
        _running.TryAdd(piece, true);
        try
        {
            piece.Run(() => callback(state), stop);
        }
        finally
        {
            _running.TryRemove(piece, out _);
        }
    }

    /// <summary>Waits until no code of the cell is running, so that it does not overlap with the next cell.</summary>
    private async Task LeaveAsync()
    {
        for (var end = DateTime.UtcNow + Patience; !_running.IsEmpty && DateTime.UtcNow < end;)
        {
            foreach (var piece in _running.Keys)
                piece.InterruptWait();
            await Task.Delay(Pause).ConfigureAwait(false);
        }
    }
}

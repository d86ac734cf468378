using System.Runtime;
using System.Runtime.ExceptionServices;

namespace AdwUNet.Kernel.Execution;

/// <summary>
/// Runs the code of one cell so that it can be stopped, also after an <c>await</c>: every piece of it, from one await to the next, is
/// run under control. A piece runs on the session's thread where that is free, and else on the thread pool; it never waits for
/// another piece, so that a cell may block on tasks of its own without locking itself up.
/// </summary>
internal sealed class CellContext(CellThread thread, CellStop stop) : SynchronizationContext
{
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _running;
    private volatile bool _hasEnded;

    /// <summary>Runs a cell's code to its end.</summary>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static async Task<T> RunAsync<T>(CellThread thread, CellStop stop, Func<Task<T>> code)
    {
        var context = new CellContext(thread, stop);
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        context.Post(
            _ => code().ContinueWith(done.SetFromTask, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default), null);
        var aborted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using (stop.Aborted.UnsafeRegister(_ => aborted.TrySetResult(), null))
            await Task.WhenAny(done.Task, aborted.Task).ConfigureAwait(false);
        if (!stop.Aborted.IsCancellationRequested)
        {
            // What the cell left running is no more the cell's: it goes on, on other threads.
            context._hasEnded = true;
            return await done.Task.ConfigureAwait(false);
        }

        // Code that cannot be aborted right now, within a native library say, is waited for: the next cell would meet it.
        if (Volatile.Read(ref context._running) > 0)
            await context._left.Task.ConfigureAwait(false);
        throw new OperationCanceledException(stop.Aborted);
    }

    public override SynchronizationContext CreateCopy() => this;

    public override void Post(SendOrPostCallback d, object? state)
    {
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
        Interlocked.Increment(ref _running);
        try
        {
            if (_hasEnded)
                callback(state);
            else
                RunUnderControl(callback, state);
        }
        catch (OperationCanceledException) when (stop.Aborted.IsCancellationRequested)
        {
            // That it was stopped is known already.
        }
#pragma warning disable CA1031 // It is thrown on, where it does not end the session's thread.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            // Of an `async void` method: nobody waits for it, and it fails as a thread of the cell's own would.
            ThreadPool.UnsafeQueueUserWorkItem(static exception => ExceptionDispatchInfo.Throw(exception), exception, preferLocal: false);
        }
        finally
        {
            if (Interlocked.Decrement(ref _running) == 0 && stop.Aborted.IsCancellationRequested)
                _left.TrySetResult();
            SetSynchronizationContext(null);
        }
    }

    private void RunUnderControl(SendOrPostCallback callback, object? state)
    {
        // It is for hosts of scripts that it was made; what it warns of, that an aborted thread may leave broken what it was
        // changing, is the risk of whoever stops a cell that does not heed the token.
#pragma warning disable SYSLIB0046
        ControlledExecution.Run(() => callback(state), stop.Aborted);
#pragma warning restore SYSLIB0046
    }
}

namespace AdwUNet.Kernel.Execution;

/// <summary>
/// Stops a running cell. The first request cancels its token. Code that has taken the token gets a grace period to finish its step and save its
/// state; code that never took it is aborted soon after. The second request aborts any cell at once.
/// </summary>
internal sealed class CellStop : IDisposable
{
    /// <summary>The grace period of the kernel's own code that observes the token for the cell, such as a wait for input.</summary>
    private static readonly TimeSpan Unheeded = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// How long an aborted cell may take to end by itself: its loops end, its waits are interrupted and its prints throw. Only then is its thread
    /// aborted, which can happen at any instruction.
    /// </summary>
    private static readonly TimeSpan BeforeAbort = TimeSpan.FromSeconds(3);

    /// <summary>How long code that catches the exception, such as a cleanup, is left alone, in milliseconds.</summary>
    private const long Pause = 100;

    private static int s_aborted;

    [ThreadStatic]
    private static long s_lastThrown;

    private readonly TimeSpan _grace;
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _asked = new();
    private readonly CancellationTokenSource _aborted = new();
    private readonly TaskCompletionSource _abort = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Timer _timer;
    private bool _isObserved;
    private bool _hasEnded;

    /// <param name="grace">The grace period of cells that have taken the token.</param>
    public CellStop(TimeSpan grace)
    {
        _grace = grace;
        _timer = new Timer(_ => Abort());
    }

    /// <summary>Whether any cell is being aborted.</summary>
    public static bool IsAnyAborted => Volatile.Read(ref s_aborted) > 0;

    /// <summary>Cancelled when the cell is asked to stop.</summary>
    public CancellationToken Asked => _asked.Token;

    /// <summary>Completes when the cell is aborted.</summary>
    public Task WhenAborted => _abort.Task;

    /// <summary>Cancelled soon after that: threads that still run are then aborted.</summary>
    public CancellationToken Aborted => _aborted.Token;

    /// <summary>Notes that the cell's code asks for the token. From then on the cell gets the grace period.</summary>
    public void Observe()
    {
        lock (_lock)
        {
            if (!_isObserved && !_hasEnded && _asked.IsCancellationRequested)
                _timer.Change(_grace, Timeout.InfiniteTimeSpan);
            _isObserved = true;
        }
    }

    /// <summary>Throws when the cell is aborted, at most once per thread in 100 ms.</summary>
    /// <exception cref="OperationCanceledException">The cell is aborted.</exception>
    public void ThrowIfAborted()
    {
        var now = Environment.TickCount64;
        if (!_abort.Task.IsCompleted || now - s_lastThrown < Pause)
            return;
        s_lastThrown = now;
        throw new OperationCanceledException(Asked);
    }

    /// <summary>Asks the cell to stop; the second call aborts it.</summary>
    /// <returns>For how long the cell may continue; zero where it is aborted or has ended.</returns>
    public TimeSpan Request()
    {
        lock (_lock)
        {
            if (_hasEnded)
                return TimeSpan.Zero;
            var time = _asked.IsCancellationRequested ? TimeSpan.Zero : _isObserved ? _grace : Unheeded;
            // Callbacks that the cell registered run on another thread, because they may be slow or fail.
            _ = _asked.CancelAsync();
            _timer.Change(time, Timeout.InfiniteTimeSpan);
            return time;
        }
    }

    /// <summary>Marks the cell as ended: nothing is aborted from now on. Its tokens stay readable for tasks that it left running.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (!_hasEnded && _abort.Task.IsCompleted)
                Interlocked.Decrement(ref s_aborted);
            _hasEnded = true;
        }

        _timer.Dispose();
    }

    private void Abort()
    {
        lock (_lock)
        {
            if (_hasEnded || !_abort.TrySetResult())
                return;
            Interlocked.Increment(ref s_aborted);
            _ = AbortSoonAsync();
        }
    }

    private async Task AbortSoonAsync()
    {
        await Task.Delay(BeforeAbort).ConfigureAwait(false);
        lock (_lock)
        {
            if (!_hasEnded)
                _ = _aborted.CancelAsync();
        }
    }
}

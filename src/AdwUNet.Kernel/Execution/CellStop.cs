namespace AdwUNet.Kernel.Execution;

/// <summary>
/// How a running cell is stopped: first it is asked to. Code that looks at the token gets the time to finish its step and write what it
/// must; code that never looked at it would go on for ever, and is aborted soon. Asked a second time, any cell is aborted at once.
/// </summary>
internal sealed class CellStop : IDisposable
{
    /// <summary>The time for code of ours that observes the token on the cell's behalf, such as a wait for input, to end in order.</summary>
    private static readonly TimeSpan Unheeded = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// The time for a cell that is to stop at once to do so of itself: its loops end, its waits are interrupted and its prints refused. Only
    /// one that does none of it has its thread aborted, which may meet it anywhere.
    /// </summary>
    private static readonly TimeSpan BeforeAbort = TimeSpan.FromSeconds(3);

    /// <summary>How long what catches the exception and goes on, and what tidies up, is left alone.</summary>
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

    /// <param name="grace">The time for cells that look at the token.</param>
    public CellStop(TimeSpan grace)
    {
        _grace = grace;
        _timer = new Timer(_ => Abort());
    }

    /// <summary>Whether some cell is stopping at once just now.</summary>
    public static bool IsAnyAborted => Volatile.Read(ref s_aborted) > 0;

    /// <summary>Cancelled when the cell is asked to stop.</summary>
    public CancellationToken Asked => _asked.Token;

    /// <summary>Ends when the cell is to stop at once.</summary>
    public Task WhenAborted => _abort.Task;

    /// <summary>Cancelled soon after that, for threads that still run to be aborted.</summary>
    public CancellationToken Aborted => _aborted.Token;

    /// <summary>Gives the cell's own code the token: whoever has it is trusted to look at it.</summary>
    public CancellationToken Observe()
    {
        lock (_lock)
        {
            if (!_isObserved && !_hasEnded && _asked.IsCancellationRequested)
                _timer.Change(_grace, Timeout.InfiniteTimeSpan);
            _isObserved = true;
        }

        return Asked;
    }

    /// <summary>Ends code of the cell where it is to stop at once; done now and then, by each thread.</summary>
    /// <exception cref="OperationCanceledException">It is.</exception>
    public void ThrowIfAborted()
    {
        var now = Environment.TickCount64;
        if (!_abort.Task.IsCompleted || now - s_lastThrown < Pause)
            return;
        s_lastThrown = now;
        throw new OperationCanceledException(Asked);
    }

    /// <summary>Asks the cell to stop, or, asked before, aborts it.</summary>
    /// <returns>For how long the cell may go on; zero where it is aborted, or has ended.</returns>
    public TimeSpan Request()
    {
        lock (_lock)
        {
            if (_hasEnded)
                return TimeSpan.Zero;
            var time = _asked.IsCancellationRequested ? TimeSpan.Zero : _isObserved ? _grace : Unheeded;
            // What the cell registered is called on another thread: it may take its time, or fail.
            _ = _asked.CancelAsync();
            _timer.Change(time, Timeout.InfiniteTimeSpan);
            return time;
        }
    }

    /// <summary>The cell has ended: nothing is aborted any more. (Its tokens stay readable for tasks that it left running.)</summary>
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

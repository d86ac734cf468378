namespace AdwUNet.Kernel.Execution;

/// <summary>
/// How a running cell is stopped: first it is asked to. Code that looks at the token gets the time to finish its step and write what it
/// must; code that never looked at it would go on for ever, and is aborted soon. Asked a second time, any cell is aborted at once.
/// </summary>
internal sealed class CellStop(TimeSpan grace) : IDisposable
{
    /// <summary>The time for code of ours that observes the token on the cell's behalf, such as a wait for input, to end in order.</summary>
    private static readonly TimeSpan Unheeded = TimeSpan.FromMilliseconds(200);

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _asked = new();
    private readonly CancellationTokenSource _aborted = new();
    private bool _isObserved;
    private bool _hasEnded;

    /// <summary>Cancelled when the cell is asked to stop.</summary>
    public CancellationToken Asked => _asked.Token;

    /// <summary>Cancelled when the cell is to be stopped wherever it is.</summary>
    public CancellationToken Aborted => _aborted.Token;

    /// <summary>Gives the cell's own code the token: whoever has it is trusted to look at it.</summary>
    public CancellationToken Observe()
    {
        lock (_lock)
        {
            if (!_isObserved && !_hasEnded && _asked.IsCancellationRequested && !_aborted.IsCancellationRequested)
                _aborted.CancelAfter(grace);
            _isObserved = true;
        }

        return Asked;
    }

    /// <summary>Asks the cell to stop, or, asked before, aborts it.</summary>
    /// <returns>For how long the cell may go on; zero where it is aborted, or has ended.</returns>
    public TimeSpan Request()
    {
        lock (_lock)
        {
            if (_hasEnded)
                return TimeSpan.Zero;
            if (_asked.IsCancellationRequested)
            {
                // What the cell registered is called on other threads: it may take its time, or fail.
                _ = _aborted.CancelAsync();
                return TimeSpan.Zero;
            }

            _ = _asked.CancelAsync();
            var time = _isObserved ? grace : Unheeded;
            _aborted.CancelAfter(time);
            return time;
        }
    }

    /// <summary>The cell has ended: nothing is aborted any more. (Its tokens stay readable for tasks that it left running.)</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _hasEnded = true;
            if (!_aborted.IsCancellationRequested)
                _aborted.CancelAfter(Timeout.InfiniteTimeSpan);
        }
    }
}

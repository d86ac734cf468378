namespace AdwUNet.Kernel.Execution;

/// <summary>
/// The thread on which all cells of a session run. Thread-local state that a cell sets, such as a library's modes, is visible to the cells that
/// follow.
/// </summary>
internal sealed class CellThread : IDisposable
{
    private readonly object _monitor = new();
    private Action? _work;
    private bool _isBusy;
    private bool _isDisposed;

    public CellThread() => new Thread(Loop) { Name = "cells", IsBackground = true }.Start();

    /// <summary>Runs work on the thread if it is idle; does nothing if it is busy. Work is never queued.</summary>
    public bool TryRun(Action work)
    {
        lock (_monitor)
        {
            if (_isBusy || _isDisposed)
                return false;
            _isBusy = true;
            _work = work;
            Monitor.Pulse(_monitor);
            return true;
        }
    }

    /// <summary>Ends the thread after its current work.</summary>
    public void Dispose()
    {
        lock (_monitor)
        {
            _isDisposed = true;
            Monitor.Pulse(_monitor);
        }
    }

    private void Loop()
    {
        while (true)
        {
            Action work;
            lock (_monitor)
            {
                while (_work is null && !_isDisposed)
                    Monitor.Wait(_monitor);
                if (_work is null)
                    return;
                (work, _work) = (_work, null);
            }

            work();
            lock (_monitor)
                _isBusy = false;
        }
    }
}
